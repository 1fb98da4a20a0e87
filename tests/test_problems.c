/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/syntax/names.h"
#include "conf/syntax/nearest.h"
#include "conf/syntax/problems.h"
#include "tests/cases.h"

static char *
printed(const struct problems *problems)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	problems_print(problems, out);
	if (out == NULL || fclose(out) != 0)
		fail_msg("no memory stream");
	return text;
}

static void
test_print(void **state ATTR_UNUSED)
{
	struct problems *p = problems_create();
	char *text;

	problems_add(p, SEVERITY_ERROR, "a\033.conf", 3, "mode: %s", "x\\x1B");
	problems_add(p, SEVERITY_WARNING, "a\033.conf", 0, "caf\303\251\n");
	problems_add(p, SEVERITY_ERROR, NULL, 0, "nowhere");
	text = printed(p);
	want_text("escaped once", "print", text,
	    "a\\x1B.conf:3: error: mode: x\\x1B\n"
	    "a\\x1B.conf: warning: caf\\xC3\\xA9\\x0A\n"
	    "error: nowhere\n");
	want_number("counts", "errors", (long)problems_errors(p), 2);
	want_number("counts", "warnings", (long)problems_warnings(p), 1);
	free(text);
	problems_destroy(&p);
	want_that("destroyed", "the pointer is cleared", p == NULL);
}

static void
test_many(void **state ATTR_UNUSED)
{
	struct problems *p = problems_create();
	char *text, long_text[3000];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	problems_add(p, SEVERITY_WARNING, "a", 1, "%s", long_text);
	want_number("too long", "is cut to", (long)strlen(problems_get(p,
	    0)->text), 1023);
	for (unsigned i = 0; i < 1500; i++)
		problems_add(p, SEVERITY_ERROR, "a.conf", i, "wrong");
	want_number("too many", "are counted", (long)problems_errors(p), 1500);
	want_number("too many", "count", (long)problems_count(p), 1001);
	want_that("too many", "is known beforehand", problems_full(p,
	    SEVERITY_ERROR) && !problems_full(p, SEVERITY_WARNING));
	text = printed(p);
	want_that("too many", "is reported at the end", strstr(text,
	    "\n500 more errors are not shown\n") != NULL);
	free(text);
	problems_destroy(&p);
}

static const struct {
	const char *typed;
	const char *nearest;            /* NULL: none */
} words[] = {
	{ "domains", "domains" }, { "domain", "domains" },
	{ "Domains", "domains" }, { "next-hops", "next_hops" },
	{ "nexthops", "next_hops" }, { "inboudn", "inbound" },
	{ "prolife", "profile" }, { "x", NULL }, { "", NULL },
	{ "destinations", NULL }, { "owener", "owner" }, { "zzzz", NULL },
	{ "nmae", "name" }, { "some", NULL }, { "onwre", NULL },
};

static void
test_nearest(void **state ATTR_UNUSED)
{
	static const char *const known[] = { "name", "domains", "senders",
		"next_hops", "profile", "inbound", "owner" };

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		struct nearest nearest;

		nearest_init(&nearest, slice_of(words[i].typed));
		for (size_t k = 0; k < COUNT_OF(known); k++)
			nearest_offer(&nearest, known[k]);
		want_text(words[i].typed, "nearest", nearest.best,
		    words[i].nearest);
	}
}

static void
test_names(void **state ATTR_UNUSED)
{
	static char text[5000][8];
	struct names names;
	unsigned index = 0;

	names_init(&names, COUNT_OF(text));
	for (unsigned i = 0; i < COUNT_OF(text); i++) {
		snprintf(text[i], sizeof(text[i]), "n%u", i);
		want_that(text[i], "is new", names_add(&names,
		    slice_of(text[i]), i));
	}
	for (unsigned i = 0; i < COUNT_OF(text); i++) {
		want_that(text[i], "is known", names_find(&names,
		    slice_of(text[i]), &index));
		want_number(text[i], "index", index, i);
		want_that(text[i], "is not new", !names_add(&names,
		    slice_of(text[i]), 0));
	}
	want_that("n5000", "is not known", !names_find(&names,
	    SLICE("n5000"), &index));
	names_clear(&names);
	want_that("cleared", "knows nothing", !names_find(&names,
	    SLICE("n1"), &index));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_print),
	cmocka_unit_test(test_many),
	cmocka_unit_test(test_nearest),
	cmocka_unit_test(test_names),
};

RUN_TESTS(tests)
