/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/reload/expiry.h"
#include "tests/cases.h"

enum { DAY = 86400 };
/* 2026-03-01T00:00:00Z, when the exception ends. */
#define END INT64_C(1772323200)

#define WHO "exception E1 (partner bank, hop inbound, owner me) "
#define ENDS WHO "ends at 2026-03-01T00:00:00Z, in "

static const struct {
	const char *label;
	int64_t last, now;              /* last 0: the daemon's start */
	const char *line;               /* NULL: nothing */
} looks[] = {
	{ "15 days before", END - 15 * DAY - 5, END - 15 * DAY, NULL },
	{ "a second before 14 days", END - 15 * DAY, END - 14 * DAY - 1,
	    NULL },
	{ "14 days before", END - 14 * DAY - 5, END - 14 * DAY,
	    ENDS "14 days" },
	{ "once", END - 14 * DAY, END - 14 * DAY + 5, NULL },
	{ "7 days before", END - 7 * DAY - 5, END - 7 * DAY, ENDS "7 days" },
	{ "a day before", END - DAY - 5, END - DAY, ENDS "24 hours" },
	{ "asleep from 20 days to 3", END - 20 * DAY, END - 3 * DAY,
	    ENDS "3 days" },
	{ "a second before the end", END - 5, END - 1, NULL },
	{ "at the end", END - 1, END, WHO "has ended: the rule applies "
	    "again" },
	{ "asleep over all of it", END - 20 * DAY, END + DAY,
	    WHO "has ended: the rule applies again" },
	{ "after the end", END, END + 5, NULL },
	{ "started 15 days before", 0, END - 15 * DAY, NULL },
	{ "started 10 days before", 0, END - 10 * DAY, ENDS "10 days" },
	{ "started an hour before", 0, END - 3600, ENDS "60 minutes" },
	{ "started 36 seconds before", 0, END - 36, ENDS "36 seconds" },
	{ "looked 2 seconds late", END - 14 * DAY - 3, END - 14 * DAY + 2,
	    ENDS "14 days" },
	{ "started after it", 0, END + 5, NULL },
	{ "clock set back", END + 5, END - 8 * DAY, NULL },
	{ "not begun", 0, END - 31 * DAY, NULL },
};

static void
test_looks(void **state ATTR_UNUSED)
{
	const struct exception x = { .id = SLICE("E1"),
		.partner = SLICE("bank"), .owner = SLICE("me"),
		.hop = HOP_INBOUND, .floor = LEVEL_ENCRYPT,
		.from = END - 30 * DAY, .until = END };

	for (size_t i = 0; i < COUNT_OF(looks); i++) {
		char text[EXPIRY_LINE] = "";
		bool ended = false, has_line;

		has_line = expiry_text(&x, looks[i].last, looks[i].now, text,
		    &ended);
		want_text(looks[i].label, "line", has_line ? text : "nothing",
		    looks[i].line == NULL ? "nothing" : looks[i].line);
		want_that(looks[i].label, "the end is reported once",
		    ended == (has_line && strstr(text, "has ended") != NULL));
	}
}

static void
test_a_pause_ends_once(void **state ATTR_UNUSED)
{
	const struct pause pause = { .id = SLICE("P4"), .until = END };
	const struct pause none = { .until = 0 };
	char text[EXPIRY_LINE] = "";

	assert_false(expiry_pause_text(&pause, HOP_ENTRY, END - 2, END - 1,
	    text));
	assert_true(expiry_pause_text(&pause, HOP_ENTRY, END - 1, END, text));
	want_text("pause", "line", text, "pause P4 of entry has ended: its "
	    "rules act again");
	assert_false(expiry_pause_text(&pause, HOP_ENTRY, END, END + 1, text));
	assert_false(expiry_pause_text(&pause, HOP_ENTRY, 0, END + 1, text));
	assert_false(expiry_pause_text(&none, HOP_ENTRY, END - 1, END, text));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_a_pause_ends_once),
	cmocka_unit_test(test_looks),
};

RUN_TESTS(tests)
