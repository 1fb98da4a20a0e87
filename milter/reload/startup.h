/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * startup - whether a start runs the policy on disk or the one that was kept
 *
 * The policy that was in force last is kept in the state folder. Where the one
 * on disk would be a loss against it, the kept one runs: an administrator who
 * is not there cannot be asked. A start never fails for that. One that was put
 * back, as the marker shows, was not the last one in force: it runs only where
 * that takes nothing away that the disk asks.
 */
#ifndef MILTER_RELOAD_STARTUP_H
#define MILTER_RELOAD_STARTUP_H

#include "milter/reload/policyread.h"

/*
 * Exchanges *read, the policy on disk, for the kept one if that is to run; says
 * why in the log, and in a warning of `status`. Returns whether the archive of
 * *read is the one that is in the state folder. Reads that folder as the user
 * of the policy: before any other thread of ours looks at files. clock is in
 * seconds since 1970.
 */
bool startup_choose(struct policy_read *read, int64_t clock);

/* Ends those warnings: what is on disk was put in force. */
void startup_is_over(void);
#endif
