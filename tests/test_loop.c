/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdatomic.h>
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
		assert_true(loop_stop(10000));
	}
	alarm(0);
	loop_close();
}

static atomic_bool stuck, let_go;

static void
wait_long(void *unused ATTR_UNUSED)
{
	atomic_store(&stuck, true);
	while (!atomic_load(&let_go))
		usleep(1000);
}

/* A disk or a reader that does not answer must not keep a stop waiting. */
static void
a_loop_that_is_stuck_is_left_alone(void **state ATTR_UNUSED)
{
	struct err e = { .text = "" };

	want_number("the loop", "loop_open()", loop_open(&e), 0);
	want_number("the loop", "loop_every()",
	    loop_every(1, wait_long, NULL, &e), 0);
	want_number("the loop", "loop_start()", loop_start(&e), 0);
	while (!atomic_load(&stuck))
		usleep(1000);
	assert_false(loop_stop(20));
	atomic_store(&let_go, true);
	assert_true(loop_stop(10000));
	loop_close();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_loop_that_has_not_begun_can_be_ended),
	cmocka_unit_test(a_loop_that_is_stuck_is_left_alone),
};

RUN_TESTS(tests)
