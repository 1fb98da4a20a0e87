/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cases - tables of labelled cases for cmocka
 *
 * A failing case prints its label, what came and what was wanted.
 */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/base/lang.h"
#include "policy/base/slice.h"

/* main() of a test: runs the list of tests. set_up and take_down, or NULL, run
 * once before and after all of them. */
#define RUN_TESTS_WITH(tests, set_up, take_down) \
int \
main(void) \
{ \
	return cmocka_run_group_tests_name(__FILE__, tests, set_up, \
	    take_down); \
}
#define RUN_TESTS(tests) RUN_TESTS_WITH(tests, NULL, NULL)

static inline void
want_text(const char *label, const char *what, const char *came,
    const char *wanted)
{
	if (came == NULL)
		came = "(null)";
	if (wanted == NULL)
		wanted = "(null)";
	if (strcmp(came, wanted) != 0)
		fail_msg("%s: %s came \"%s\", wanted \"%s\"", label, what,
		    came, wanted);
}

static inline void
want_slice(const char *label, const char *what, struct slice came,
    const char *wanted)
{
	char shown[1024];

	slice_show(came, shown, sizeof(shown));
	want_text(label, what, shown, wanted == NULL ? "-" : wanted);
}

/* In place of assert_in_range, which cmocka 2 deprecates; cmocka 1 has none of
 * its successors. */
static inline void
want_between(const char *what, long long came, long long low, long long high)
{
	if (came < low || came > high)
		fail_msg("%s came %lld, wanted %lld to %lld", what, came, low,
		    high);
}

static inline void
want_number(const char *label, const char *what, long came, long wanted)
{
	if (came != wanted)
		fail_msg("%s: %s came %ld, wanted %ld", label, what, came,
		    wanted);
}

/* Like want_number(), for flags: prints them in hexadecimal. */
static inline void
want_bits(const char *label, const char *what, unsigned long came,
    unsigned long wanted)
{
	if (came != wanted)
		fail_msg("%s: %s came %#lx, wanted %#lx", label, what, came,
		    wanted);
}

/* Fails unless came is true; what names the condition. */
static inline void
want_that(const char *label, const char *what, bool came)
{
	if (!came)
		fail_msg("%s: not so: %s", label, what);
}
#endif
