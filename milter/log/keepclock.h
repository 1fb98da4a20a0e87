/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keepclock - since when files of the decision log are too old
 *
 * What is removed cannot be brought back, so neither a clock that is ahead nor
 * a slip in log.keep may remove a year of records at once. A clock that has
 * gone ahead by more than an hour, and a shorter time to keep, are believed
 * after the daemon has run with them for a day. The numbers are kept on disk:
 * see keepfile.h.
 */
#ifndef MILTER_LOG_KEEPCLOCK_H
#define MILTER_LOG_KEEPCLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { KEEPCLOCK_SLACK = 3600, KEEPCLOCK_WAIT = 86400 };

/* All in seconds. All zero: nothing is believed yet. */
struct keepclock {
	int64_t keep;                   /* believed; 0: none */
	int64_t now;                    /* believed, since 1970 */
	int64_t waited;                 /* that it has run with others */
};

/* Moves on: elapsed of the monotonic clock since the last call, 0 for the first
 * one after a start; wall is the clock, keep the setting, not 0. */
void keepclock_step(struct keepclock *clock, int64_t keep, int64_t wall,
    int64_t elapsed);

/* Whether it waits before it believes what it was shown last. */
bool keepclock_is_waiting(const struct keepclock *clock, int64_t keep,
    int64_t wall);

/* Records before this time (seconds since 1970) are too old; 0: none are. */
int64_t keepclock_limit(const struct keepclock *clock);
#endif
