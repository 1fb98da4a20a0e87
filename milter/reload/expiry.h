/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * expiry - logs that exceptions and pauses end
 *
 * 14, 7 and 1 days before the end, and at the end. At the start of the daemon
 * every end within 14 days is logged once more.
 */
#ifndef MILTER_RELOAD_EXPIRY_H
#define MILTER_RELOAD_EXPIRY_H

#include <stdbool.h>

#include "conf/state/state.h"

enum { EXPIRY_LINE = 400 };

/*
 * Writes the line that is due for an exception when the time has gone from last
 * (0: the daemon has just started) to now, both in seconds since 1970; false:
 * none is. *ended becomes true when the exception has ended in that time; it is
 * never set to false, so that one variable serves a whole list.
 */
bool expiry_text(const struct exception *exception, int64_t last,
    int64_t now, char out[EXPIRY_LINE], bool *ended);

/* The same for the pause of a hop, which is logged at its end alone; false: it
 * has not ended in that time. */
bool expiry_pause_text(const struct pause *pause, enum hop hop, int64_t last,
    int64_t now, char out[EXPIRY_LINE]);

/* Called by the event loop every few seconds. Saves the time in the state once
 * an hour, and when an exception has ended. */
void expiry_check(void *unused);
#endif
