/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <unistd.h>

#include "milter/base/loop.h"
#include "tests/cases.h"

/* The loop may be ended before its thread runs it. The request must not be
 * lost: it was once, and the daemon hung. */
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
