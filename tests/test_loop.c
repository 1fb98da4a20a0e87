/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <unistd.h>

#include "milter/base/loop.h"
#include "tests/cases.h"

/* The loop's thread may not have got as far as the loop when it is told to
 * end: that must not be forgotten. It was, and the daemon hung. */
static void
a_loop_that_has_not_begun_can_be_ended(void **state ATTR_UNUSED)
{
	struct err e = { .text = "" };

	want_number("the loop", "loop_open()", loop_open(&e), 0);
	alarm(30);
	for (int i = 0; i < 1000; i++) {
		want_number("the loop", "loop_start()", loop_start(&e), 0);
		loop_stop();
	}
	alarm(0);
	loop_close();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_loop_that_has_not_begun_can_be_ended),
};

RUN_TESTS(tests)
