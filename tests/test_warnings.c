/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/base/warnings.h"
#include "tests/cases.h"

static char list[WARNING_COUNT][WARNING_TEXT];

static void
test_set_and_cleared(void **unused ATTR_UNUSED)
{
	want_number("at first", "warnings", (long)warnings_list(list), 0);
	warning_set(WARNING_STATE, "the state in %s is damaged", "/s");
	want_number("set", "warnings", (long)warnings_list(list), 1);
	want_text("set", "text", list[0], "the state in /s is damaged");
	warning_set(WARNING_STATE, "it is gone");
	want_number("set again", "warnings", (long)warnings_list(list), 1);
	want_text("set again", "text", list[0], "it is gone");
	warning_clear(WARNING_STATE);
	warning_clear(WARNING_STATE);
	want_number("cleared", "warnings", (long)warnings_list(list), 0);
}

static void
test_every_row(void **unused ATTR_UNUSED)
{
	for (unsigned i = 0; i < WARNING_COUNT; i++)
		warning_set((enum warning)i, "%u", i);
	want_number("all", "warnings", (long)warnings_list(list),
	    WARNING_COUNT);
	want_text("all", "the first", list[0], "0");
	for (unsigned i = 0; i < WARNING_COUNT; i++)
		warning_clear((enum warning)i);
	want_number("none", "warnings", (long)warnings_list(list), 0);
}

static void
test_bounded(void **unused ATTR_UNUSED)
{
	char text[2 * WARNING_TEXT];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	warning_set(WARNING_STATE, "%s", text);
	warnings_list(list);
	want_number("a long one", "length", (long)strlen(list[0]),
	    WARNING_TEXT - 1);
	want_text("a long one", "its end", list[0] + WARNING_TEXT - 5,
	    "a...");
	warning_clear(WARNING_STATE);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_set_and_cleared),
	cmocka_unit_test(test_every_row),
	cmocka_unit_test(test_bounded),
};

RUN_TESTS(tests)
