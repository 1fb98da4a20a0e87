/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * startup - whether a start runs the policy on disk or the one that was kept
 *
 * The policy that was in force last is kept in the state folder. Where the one
 * on disk would be a loss against it, or has errors, the kept one runs: an
 * administrator who is not there cannot be asked. A start fails for the files
 * only where nothing was kept of them. One that was put back, as the marker
 * shows, was not the last one in force: instead of a policy that loads it runs
 * only where that takes nothing away that the disk asks.
 *
 * Who may write in the state folder does not decide what root does. A kept
 * policy has the user, the sockets and the state folder of the file on disk.
 * Where that has errors, it runs only if its user owns the folder, and root
 * binds its sockets only if the file names the same ones; otherwise that user
 * does.
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

/*
 * For files that have errors, which are in problems: makes *read, which has no
 * policy, the kept policy of the main file at path, and says so in the same
 * two places. The state folder is the one that this file names, as far as it
 * can be read, or else the default one; it is read as its owner. false, with
 * the reason in the log: no kept policy can be used; where none is, it has no
 * reason to log.
 */
bool startup_restore_for(const char *path, const struct problems *problems,
    struct policy_read *read);

/*
 * Ends what the state has for partners and hops that were in force before this
 * start and are not in the policy that is to be put in force: see
 * conf/departed.h. As the user, before it is in force; a failure is logged, and
 * is a warning of `status`. read->before is gone then.
 */
void startup_end_departed(struct policy_read *read);

/* Ends those warnings: what is on disk was put in force. */
void startup_is_over(void);
#endif
