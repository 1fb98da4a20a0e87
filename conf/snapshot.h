/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * snapshot - the policy in force, counted and swapped whole
 *
 * A message takes the current one at its first recipient and drops it at its
 * end, so no message is judged by two tables. The last to drop an old one
 * gives its memory back.
 */
#ifndef CONF_SNAPSHOT_H
#define CONF_SNAPSHOT_H

#include "conf/state/state.h"
#include "policy/policy.h"

struct snapshot;

/* The one in force, counted for the caller; NULL before the first. */
struct snapshot *snapshot_take(void);
void snapshot_drop(struct snapshot **snapshot);
const struct policy *snapshot_policy(const struct snapshot *snapshot);

/* The state laid over it; NULL when there is none. Borrows. */
const struct state *snapshot_state(const struct snapshot *snapshot);

/*
 * Puts policy in force with state laid over it. Takes both; the old ones live
 * on with their users. policy NULL keeps the one in force and lays state over
 * it. state may be NULL: then nothing is laid over. One thread at a time.
 */
void snapshot_publish(struct policy *policy, struct state *state);

/* Forgets the one in force, at the end of the process. */
void snapshot_clear(void);
#endif
