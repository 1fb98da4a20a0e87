/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loop - the one event loop, in a thread of its own
 *
 * The map, the control sockets and the timers run here. Modules add their
 * events to loop_base() before loop_start(), or later from any thread:
 * libevent's locks are on. Nothing on the loop may block. The functions that
 * can fail return 0, or -1 with e filled.
 */
#ifndef MILTER_BASE_LOOP_H
#define MILTER_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "policy/base/err.h"

/* Makes the base. Call first; ends with loop_close(). */
int loop_open(struct err *e);
struct event_base *loop_base(void);

/* Calls fn on the loop every interval_ms from now on, until loop_stop().
 * Borrows data until loop_close(). Before loop_start(). */
int loop_every(unsigned interval_ms, void (*fn)(void *data), void *data,
    struct err *e);

/* Starts the thread. */
int loop_start(struct err *e);
/* Ends the thread. Events of other modules are theirs to free after this and
 * before loop_close(). false: it still runs after ms, and nothing that it may
 * use is freed. */
bool loop_stop(unsigned ms);
void loop_close(void);

/* Milliseconds: of the monotonic clock, and since 1970. */
int64_t loop_monotonic_ms(void);
int64_t loop_wall_ms(void);
#endif
