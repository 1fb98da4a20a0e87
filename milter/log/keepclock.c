/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/log/keepclock.h"

bool
keepclock_is_waiting(const struct keepclock *clock, int64_t keep, int64_t wall)
{
	return clock->keep == 0 || keep < clock->keep ||
	    wall > clock->now + KEEPCLOCK_SLACK;
}

void
keepclock_step(struct keepclock *clock, int64_t keep, int64_t wall,
    int64_t elapsed)
{
	assert(keep > 0 && elapsed >= 0);
	clock->now += elapsed;
	/* To keep more needs no care. */
	if (clock->keep != 0 && keep > clock->keep)
		clock->keep = keep;
	if (keepclock_is_waiting(clock, keep, wall)) {
		clock->waited += elapsed;
		/* A clock behind what was believed is believed at once. */
		if (wall < clock->now)
			clock->now = wall;
		if (clock->waited < KEEPCLOCK_WAIT)
			return;
	}
	*clock = (struct keepclock){ .keep = keep, .now = wall };
}

int64_t
keepclock_limit(const struct keepclock *clock)
{
	int64_t limit = clock->now - clock->keep;

	return clock->keep == 0 || limit < 0 ? 0 : limit;
}
