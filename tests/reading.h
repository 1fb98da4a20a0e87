/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reading - policy files for tests, and the problems that the reader reports
 */
#ifndef TESTS_READING_H
#define TESTS_READING_H

#include "conf/file/read.h"
#include "conf/syntax/problems.h"
#include "tests/folder.h"

/* Three lines that every policy file needs. */
#define TOP "format = 1;\nmode = \"enforce\";\nlog = { syslog = true; };\n"

/*
 * Reads the file as a policy. Writes one line "LINE: TEXT" for each problem to
 * out, with "warning: " before the text of a warning, and with "FILE:" before
 * the line of a problem in another file than name. *policy is new, or NULL if
 * the file does not load.
 */
static inline void
folder_read(const struct folder *f, const char *name, struct policy **policy,
    char *out, size_t size)
{
	struct problems *problems = problems_create();
	char path[256], start[80];
	size_t n = 0;

	*policy = policy_read(folder_path(f, name, path), problems);
	snprintf(start, sizeof(start), "%s/", f->path);
	out[0] = '\0';
	for (size_t i = 0; i < problems_count(problems); i++) {
		const struct problem *p = problems_get(problems, i);
		const char *file = p->file;

		if (strncmp(file, start, strlen(start)) == 0)
			file += strlen(start);
		n += (size_t)snprintf(out + n, size - n, "%s%s%u: %s%s\n",
		    strcmp(file, name) == 0 ? "" : file,
		    strcmp(file, name) == 0 ? "" : ":", p->line,
		    p->severity == SEVERITY_WARNING ? "warning: " : "",
		    p->text);
		if (n >= size)
			fail_msg("more problems than fit");
	}
	if ((*policy == NULL) != (problems_errors(problems) > 0))
		fail_msg("loaded: %d, with %zu errors", *policy != NULL,
		    problems_errors(problems));
	problems_destroy(&problems);
}

struct reading_case {
	const char *label;
	const char *text;               /* \001 stands for a NUL */
	const char *problems;           /* "": loads without a problem */
};

static inline void
want_readings(const struct reading_case *cases, size_t count)
{
	struct folder f;
	char came[8192];

	folder_create(&f);
	for (size_t i = 0; i < count; i++) {
		const struct reading_case *c = &cases[i];
		struct policy *policy;

		folder_write_text(&f, "t.conf", c->text);
		folder_read(&f, "t.conf", &policy, came, sizeof(came));
		policy_destroy(&policy);
		want_text(c->label, "problems", came, c->problems);
	}
	folder_remove(&f);
}

/* Everything but the table of a test that only reads a table of files. */
#define RUN_READINGS(cases)                         \
	static void test_readings(void **state ATTR_UNUSED) \
	{                                               \
		want_readings(cases, COUNT_OF(cases));      \
	}                                               \
	static const struct CMUnitTest tests[] = {      \
		cmocka_unit_test(test_readings),            \
	};                                              \
	RUN_TESTS(tests)
#endif
