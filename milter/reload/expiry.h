/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * expiry - says in the journal that exceptions end
 *
 * 14, 7 and 1 days before an end, and at the end. At the daemon's start what
 * is due within 14 days is said once more.
 */
#ifndef MILTER_RELOAD_EXPIRY_H
#define MILTER_RELOAD_EXPIRY_H

#include <stdbool.h>

#include "conf/state/state.h"

enum { EXPIRY_LINE = 400 };

/*
 * What there is to say of one exception when the time has gone from last (0:
 * the daemon has just started) to now; false when nothing. *ended is set when
 * its end lies between.
 */
bool expiry_text(const struct exception *exception, int64_t last,
    int64_t now, char out[EXPIRY_LINE], bool *ended);

/* On the event loop, now and then. Has the state remember the time once an
 * hour, and when an exception has ended. */
void expiry_check(void *unused);
#endif
