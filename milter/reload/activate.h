/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * activate - the policy in force, with the state laid over it
 *
 * Called by the loading thread, one call at a time, but for
 * activate_state_has_changed(): these wait for the disk.
 */
#ifndef MILTER_RELOAD_ACTIVATE_H
#define MILTER_RELOAD_ACTIVATE_H

#include <stdbool.h>

#include "policy/policy.h"

/* Puts the first policy in force, with its state, before any other thread
 * runs. Takes it. */
void activate_first(struct policy *policy);

/* The same for a later one. false when what the state said until now cannot
 * be read any more: policy is then still the caller's, and nothing changes. */
bool activate_next(struct policy *policy);

/* Takes the state on disk into force, over the same policy. One that cannot
 * be read, or is gone, does not undo what was read before. */
void activate_state(void);

/* Has the state on disk know how late it is: what has ended stays ended when
 * the clock is set back. */
void activate_save_time(void);

/* Whether the state's file is no longer the one that was read. Any thread. */
bool activate_state_has_changed(void);
#endif
