/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * maptimer - whether the timer runs that ends exceptions in a static map
 *
 * An exception in the file would outlive its end when the daemon does not run.
 * So one stands in it only while contrib/enforcetls-map.timer is known to run:
 * each of its runs touches a file beside the map. What a service manager says
 * of a timer that is enabled would not show that it can write there.
 */
#ifndef CONF_EXPORT_MAPTIMER_H
#define CONF_EXPORT_MAPTIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/err.h"

enum {
	/* It runs once a minute; after so many seconds without a run it
	 * counts as stopped. */
	MAPTIMER_AGE = 180
};

/* Notes a run of the timer for the map at path. -1 with e filled. */
int maptimer_touch(const char *path, struct err *e);

/*
 * The time for a run of the timer over the file at path, whose head says when
 * it was written; all in seconds since 1970 but steady_ms, which is of a clock
 * that nobody sets. It goes on from one run to the next also while the clock is
 * behind, so that setting it back gives no exception more time. It is noted in
 * the file of maptimer_touch(). Where that fails, *now is right, and -1 is
 * returned with e filled: the next run may not know it.
 */
int maptimer_tell(const char *path, int64_t written, int64_t clock,
    int64_t steady_ms, int64_t *now, struct err *e);
/* Milliseconds on that clock. */
int64_t maptimer_steady_ms(void);

/* Whether a run was noted within MAPTIMER_AGE before clock (seconds since
 * 1970). One from the future, after a clock was set back, does not count. */
bool maptimer_is_running(const char *path, int64_t clock);
#endif
