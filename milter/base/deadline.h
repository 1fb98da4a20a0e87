/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deadline - waits with a bound, by a clock that nobody sets
 *
 * For threads other than the event loop's.
 */
#ifndef MILTER_BASE_DEADLINE_H
#define MILTER_BASE_DEADLINE_H

#include <pthread.h>
#include <time.h>

/* Makes a condition whose pthread_cond_timedwait() takes a time of
 * deadline_after(). It goes with pthread_cond_destroy(). */
void deadline_cond_init(pthread_cond_t *cond);

/* The time in so many milliseconds. */
struct timespec deadline_after(unsigned ms);
#endif
