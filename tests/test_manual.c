/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/file/network.h"
#include "conf/file/partners.h"
#include "conf/file/rule.h"
#include "conf/file/toplevel.h"
#include "tests/reading.h"

static char *
source_text(const char *name)
{
	const char *folder = getenv("srcdir");
	char path[512];
	FILE *in;
	char *text = calloc(1, 1 << 17);

	snprintf(path, sizeof(path), "%s/%s", folder == NULL ? "." : folder,
	    name);
	in = fopen(path, "r");
	if (in == NULL || text == NULL ||
	    fread(text, 1, (1 << 17) - 1, in) == 0 || fclose(in) != 0)
		fail_msg("%s cannot be read", path);
	return text;
}

/* Copies an example of the page, its escapes undone. */
static void
unescape(const char *from, const char *to, char *out)
{
	for (; from < to; from++) {
		if (from[0] == '\\' && from[1] == 'e') {
			*out++ = '\\';
			from++;
		} else if (from[0] == '\\' && from[1] == '&') {
			from++;
		} else {
			*out++ = *from;
		}
	}
	*out = '\0';
}

static void
want_good(const char *label, const char *text)
{
	struct policy *policy;
	struct folder f;
	char came[2048];

	folder_create(&f);
	folder_write_text(&f, "t.conf", text);
	folder_read(&f, "t.conf", &policy, came, sizeof(came));
	want_text(label, "problems", came, "");
	policy_destroy(&policy);
	folder_remove(&f);
}

static void
test_examples(void **state ATTR_UNUSED)
{
	static const char begin[] = "\n.Bd -literal\n", end[] = "\n.Ed\n";
	char *page = source_text("conf/enforcetls.conf.5");
	char *at = page, example[8192], label[64];
	int count = 0;

	while ((at = strstr(at, begin)) != NULL) {
		char *stop;

		at += strlen(begin);
		stop = strstr(at, end);
		want_that("the page", "an example ends", stop != NULL);
		unescape(at, stop + 1, example);
		snprintf(label, sizeof(label), "example %d of the page",
		    ++count);
		want_good(label, example);
	}
	want_number("the page", "examples", count, 3);
	free(page);
}

static void
test_sample(void **state ATTR_UNUSED)
{
	char *sample = source_text("conf/enforcetls.conf.sample");

	want_good("the sample", sample);
	want_that("the sample", "refuses nothing",
	    strstr(sample, "\nmode = \"log-only\";\n") != NULL);
	free(sample);
}

/* Whether the page has an item for the key that says its default. */
static bool
is_documented(const char *page, const struct section_key *key)
{
	const char *at = page;

	while ((at = strstr(at, "\n.It Cm ")) != NULL) {
		const char *line_end, *stop, *name, *text;
		size_t n = strlen(key->name);

		at += strlen("\n.It Cm ");
		line_end = strchr(at, '\n');
		stop = strstr(at, "\n.It ");
		name = strstr(at, key->name);
		if (name == NULL || name > line_end ||
		    (name > at && name[-1] != ' ') ||
		    (name[n] != ' ' && name[n] != '\n'))
			continue;
		if (key->fallback == NULL)
			return true;
		text = strstr(at, key->fallback);
		if (text != NULL && (stop == NULL || text < stop))
			return true;
	}
	return false;
}

static void
want_documented(const char *page, const struct section *section)
{
	char label[128];

	for (size_t i = 0; i < section->count; i++) {
		const struct section_key *key = &section->keys[i];

		snprintf(label, sizeof(label), "%s: %s, default %s",
		    section->what, key->name, key->fallback == NULL ? "none" :
		    key->fallback);
		want_that(label, "documented", is_documented(page, key));
	}
}

static void
test_keys(void **state ATTR_UNUSED)
{
	static const struct section *(*const lists[])(unsigned) = {
		network_section, partners_section };
	const struct section *top = toplevel_section();
	char *page = source_text("conf/enforcetls.conf.5");

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		for (unsigned k = 0; lists[i](k) != NULL; k++)
			want_documented(page, lists[i](k));
	for (size_t i = 0; i < top->count; i++)
		if (top->keys[i].group != NULL)
			want_documented(page, top->keys[i].group());
	want_documented(page, top);
	want_documented(page, rule_section());
	free(page);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_examples),
	cmocka_unit_test(test_sample),
	cmocka_unit_test(test_keys),
};

RUN_TESTS(tests)
