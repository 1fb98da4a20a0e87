/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * activate - puts policies in force, with the state applied to them
 *
 * Each function that puts something in force publishes a new snapshot, and
 * makes sessions that begin from then on ask the MTA for headers if it needs
 * them (callbacks_want()). Called by the reloader's thread, which may
 * wait for the disk; only activate_state_has_changed() may be called by any.
 */
#ifndef MILTER_RELOAD_ACTIVATE_H
#define MILTER_RELOAD_ACTIVATE_H

#include <stdbool.h>

#include "conf/state/state.h"

/* Puts the first policy in force, with its state, before any other thread
 * runs. Takes it. */
void activate_first(struct policy *policy);

/* Whether new may take the place of old at now, in seconds since 1970. new has
 * that state applied, which may be NULL and would be in force, and old has its
 * own. What it changes of the state on disk is read again. */
typedef bool activate_allow_fn(const struct policy *old,
    const struct policy *new, const struct state *state, int64_t now,
    void *data);

enum activation {
	ACTIVATION_NO_STATE,            /* the state, which could be read
	                                 * before, cannot be read */
	ACTIVATION_REFUSED,             /* allow refused it */
	ACTIVATION_DONE
};

/* The same for a later one. DONE: it is in force, and taken. Otherwise nothing
 * changes, and the caller still owns policy. */
enum activation activate_next(struct policy *policy, activate_allow_fn *allow,
    void *data);
/* Has fn called after that, by the reloader's thread. Set it before other
 * threads run. */
void activate_on_next(void (*fn)(void));

/* Reads the state on disk again and puts it in force with the policy that is in
 * force; false when it is not. A state that cannot be read, or is gone, does
 * not undo what was read before; that is logged. */
bool activate_reread_state(void);

/* Writes the time to the state on disk, so that what has ended stays ended when
 * the clock is set back, and puts the state in force as it is then. false when
 * it could not be written, which is logged. */
bool activate_save_time(void);

/* Whether the state's file is no longer the one that was read, or it is time to
 * try again to read it. Any thread. */
bool activate_state_has_changed(void);
#endif
