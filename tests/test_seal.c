/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/judge/seal.h"
#include "tests/cases.h"

#define EIGHT "0123cdef"
#define DIGITS EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT
#define ALMOST EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT "0123cde"
#define PREV ",\"prev\":\"" DIGITS "\"}"
#define MAC ",\"mac\":\"" DIGITS "\""

/* clang-format off */
static const struct {
	const char *label, *line;
	bool good;
	unsigned long key;              /* 0: not keyed */
	const char *covered, *prev;
} cases[] = {
	{ "the first line", "{\"a\":1,\"prev\":null}", true, 0, NULL, "null" },
	{ "a line", "{\"a\":1" PREV, true, 0, NULL, DIGITS },
	{ "a keyed line", "{\"a\":1,\"key\":7" MAC PREV, true, 7,
	    "{\"a\":1,\"key\":7", DIGITS },
	{ "the first line, keyed", "{\"key\":1" MAC ",\"prev\":null}", false,
	    0, NULL, NULL },
	{ "the same with a key before", "{\"a\":1,\"key\":1" MAC
	    ",\"prev\":null}", true, 1, "{\"a\":1,\"key\":1", "null" },
	{ "no prev", "{\"a\":1}", false, 0, NULL, NULL },
	{ "no end", "{\"a\":1,\"prev\":null", false, 0, NULL, NULL },
	{ "nothing", "", false, 0, NULL, NULL },
	{ "shorter than a prev", "\"}", false, 0, NULL, NULL },
	{ "a digit too few", "{\"a\":1,\"prev\":\"" ALMOST "\"}", false, 0,
	    NULL, NULL },
	{ "a digit too many", "{\"a\":1,\"prev\":\"0" DIGITS "\"}", false, 0,
	    NULL, NULL },
	{ "a digit that is none", "{\"a\":1,\"prev\":\"" ALMOST "g\"}", false,
	    0, NULL, NULL },
	{ "a digit in upper case", "{\"a\":1,\"prev\":\"" ALMOST "F\"}",
	    false, 0, NULL, NULL },
	{ "no digit", "{\"a\":1,\"prev\":\"" ALMOST "/\"}", false, 0, NULL,
	    NULL },
	{ "nor the one behind 9", "{\"a\":1,\"prev\":\"" ALMOST ":\"}", false,
	    0, NULL, NULL },
	{ "a key that is no number", "{\"a\":1,\"key\":x" MAC PREV, false, 0,
	    NULL, NULL },
	{ "key 0", "{\"a\":1,\"key\":0" MAC PREV, false, 0, NULL, NULL },
	{ "another key than key", "{\"a\":1,\"kez\":1" MAC PREV, false, 0,
	    NULL, NULL },
	{ "no colon before the code", "{a" MAC PREV, false, 0, NULL, NULL },
	{ "a code of other letters is none", "{\"a\":1,\"key\":7,\"mac\":\""
	    ALMOST "g\"" PREV, true, 0, NULL, DIGITS },
};
/* clang-format on */

static void
a_line_ends_as_it_was_written(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct seal seal;
		bool good = seal_read(slice_of(cases[i].line), &seal);

		want_number(cases[i].label, "good", good, cases[i].good);
		if (!good)
			continue;
		want_number(cases[i].label, "key", (long)seal.key,
		    (long)cases[i].key);
		want_that(cases[i].label, "covered", cases[i].covered == NULL
		    ? seal.covered.p == NULL
		    : slice_eq(seal.covered, slice_of(cases[i].covered)));
		want_slice(cases[i].label, "mac", seal.mac,
		    cases[i].key != 0 ? DIGITS : NULL);
		want_slice(cases[i].label, "prev", seal.prev, cases[i].prev);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_line_ends_as_it_was_written),
};

RUN_TESTS(tests)
