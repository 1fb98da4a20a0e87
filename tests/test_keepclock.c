/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/log/keepclock.h"
#include "tests/cases.h"

enum { DAY = 86400, KEEP = 400 * DAY, T = 1790000000, PASS = 600 };

/* As it is after a day of running. */
static struct keepclock
believing(int64_t keep)
{
	return (struct keepclock){ .keep = keep, .now = T };
}

/* Runs for so long with a clock that is ahead by so much. */
static void
run_for(struct keepclock *c, int64_t keep, int64_t seconds, int64_t ahead)
{
	for (int64_t i = PASS; i <= seconds; i += PASS)
		keepclock_step(c, keep, T + i + ahead, PASS);
}

static void
nothing_is_believed_at_first(void **state ATTR_UNUSED)
{
	struct keepclock c = { .keep = 0 };

	keepclock_step(&c, KEEP, T, 0);
	want_number("at first", "limit", keepclock_limit(&c), 0);
	run_for(&c, KEEP, DAY - PASS, 0);
	want_number("nearly a day", "limit", keepclock_limit(&c), 0);
	run_for(&c, KEEP, PASS, DAY - PASS);
	want_number("a day", "limit", keepclock_limit(&c), T + DAY - KEEP);
}

static void
a_clock_that_is_ahead_removes_nothing(void **state ATTR_UNUSED)
{
	struct keepclock c = believing(KEEP);

	run_for(&c, KEEP, DAY - PASS, 400 * DAY);
	want_that("ahead", "limit", keepclock_limit(&c) <= T + DAY - KEEP);
	want_that("ahead", "waits", keepclock_is_waiting(&c, KEEP,
	    T + 400 * (int64_t)DAY));
	/* Set right again: it was never believed, and does not add up. */
	keepclock_step(&c, KEEP, T + DAY, PASS);
	want_number("right again", "limit", keepclock_limit(&c),
	    T + DAY - KEEP);
	run_for(&c, KEEP, DAY - PASS, 400 * DAY);
	want_that("ahead again", "limit",
	    keepclock_limit(&c) <= T + 2 * DAY - KEEP);
}

static void
a_shorter_time_waits_and_a_longer_one_does_not(void **state ATTR_UNUSED)
{
	struct keepclock c = believing(KEEP);

	run_for(&c, KEEP / 10, DAY - PASS, 0);
	want_that("a slip", "limit", keepclock_limit(&c) <= T + DAY - KEEP);
	keepclock_step(&c, KEEP, T + DAY, PASS);
	want_number("corrected", "keep", c.keep, KEEP);
	want_number("corrected", "waited", c.waited, 0);
	keepclock_step(&c, 2 * KEEP, T + DAY, 0);
	want_number("longer", "limit", keepclock_limit(&c),
	    T + DAY - 2 * (int64_t)KEEP);
}

static void
a_clock_that_is_set_back_is_believed(void **state ATTR_UNUSED)
{
	struct keepclock c = believing(KEEP);

	keepclock_step(&c, KEEP, T - 300 * (int64_t)DAY, PASS);
	want_number("back", "limit", keepclock_limit(&c),
	    T - 300 * (int64_t)DAY - KEEP);
	/* Also while something else is waited for. */
	c = believing(KEEP);
	keepclock_step(&c, KEEP / 2, T - 300 * (int64_t)DAY, PASS);
	want_number("back", "limit", keepclock_limit(&c),
	    T - 300 * (int64_t)DAY - KEEP);
}

static void
time_off_does_not_count(void **state ATTR_UNUSED)
{
	struct keepclock c = { .keep = 0 };

	for (int i = 0; i < 100; i++)
		keepclock_step(&c, KEEP, T + i * (int64_t)DAY, 0);
	want_number("started often", "limit", keepclock_limit(&c), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(nothing_is_believed_at_first),
	cmocka_unit_test(a_clock_that_is_ahead_removes_nothing),
	cmocka_unit_test(a_shorter_time_waits_and_a_longer_one_does_not),
	cmocka_unit_test(a_clock_that_is_set_back_is_believed),
	cmocka_unit_test(time_off_does_not_count),
};

RUN_TESTS(tests)
