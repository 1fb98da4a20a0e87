/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * again - a daemon's log judged again under the policies that wrote it
 *
 * That must give no news: what-if and the daemon are one judge.
 */
#ifndef TESTS_DRIVER_REJUDGE_H
#define TESTS_DRIVER_REJUDGE_H

#include "tests/driver/play_daemon.h"

/* After caller_stop(). Returns how many policies gave news, which is printed;
 * -1 and e when it cannot be told. */
int rejudge_log(const struct caller *c, const struct play *p, struct err *e);
#endif
