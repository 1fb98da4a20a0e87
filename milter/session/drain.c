/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdatomic.h>
#include <time.h>

#include "milter/session/drain.h"

/* Any thread's. */
static atomic_long inside;
static atomic_bool stopping;
static atomic_bool closed;

bool
drain_enter(void)
{
	atomic_fetch_add(&inside, 1);
	if (!atomic_load(&closed))
		return true;
	drain_leave();
	return false;
}

void
drain_leave(void)
{
	long before = atomic_fetch_sub(&inside, 1);

	assert(before > 0);
}

void
drain_begin(void)
{
	atomic_store(&stopping, true);
}

bool
drain_is_stopping(void)
{
	return atomic_load_explicit(&stopping, memory_order_relaxed);
}

bool
drain_close(void)
{
	struct timespec pause = { 0, 1000000 };

	atomic_store(&stopping, true);
	atomic_store(&closed, true);
	for (int i = 0; i < 250; i++) {
		if (atomic_load(&inside) == 0)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}
