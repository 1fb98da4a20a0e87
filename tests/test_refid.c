/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/base/refid.h"
#include "tests/cases.h"

static const struct {
	const char *label;
	int64_t started;
	uint64_t number;
	const char *wanted;
} cases[] = {
	{ "the first", INT64_C(1577836800000), 0, "000000000" },
	{ "the second", INT64_C(1577836800000), 1, "000000001" },
	{ "two digits", INT64_C(1577836800000), 32, "0000000010" },
	{ "a millisecond later", INT64_C(1577836800001), 0, "000000010" },
	{ "no I, L, O or U", INT64_C(1577836800000), 0x1ffffff,
	    "00000000ZZZZZ" },
	{ "the largest number fits", INT64_C(1577836800000), UINT64_MAX,
	    "00000000FZZZZZZZZZZZZ" },
};

static void
is_short_and_readable(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[REFID_SIZE];

		refid_init(cases[i].started);
		refid_show(cases[i].number, text);
		want_text(cases[i].label, "name", text, cases[i].wanted);
	}
}

/* A later start never repeats a reference, however many the earlier one
 * made. */
static void
a_restart_repeats_nothing(void **state ATTR_UNUSED)
{
	char first[REFID_SIZE], second[REFID_SIZE];

	refid_init(INT64_C(1795000000000));
	for (uint64_t i = 0; i < 100000; i++) {
		assert_int_equal(refid_next(), i);
		refid_show(i, first);
	}
	refid_init(INT64_C(1795000000001));
	refid_show(refid_next(), second);
	assert_int_not_equal(strncmp(first, second, 8), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(is_short_and_readable),
	cmocka_unit_test(a_restart_repeats_nothing),
};

RUN_TESTS(tests)
