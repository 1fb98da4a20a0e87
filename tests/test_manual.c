/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/reading.h"

/* Copies an example of the page without its escapes. */
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

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_examples),
	cmocka_unit_test(test_sample),
};

RUN_TESTS(tests)
