/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * again - a daemon's log judged again under the policies that wrote it
 *
 * No answer may change: what-if and the daemon use the same judge.
 */
#ifndef TESTS_DRIVER_REJUDGE_H
#define TESTS_DRIVER_REJUDGE_H

#include "tests/driver/play_daemon.h"

/* To be called after caller_stop(). Prints every changed answer. Returns for
 * how many policies answers changed, or -1 and e. */
int rejudge_log(const struct caller *c, const struct play *p, struct err *e);
#endif
