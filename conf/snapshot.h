/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * snapshot - the policy in force with its state, a counted reference
 *
 * Each recipient is judged by the snapshot in force. Its message keeps that
 * snapshot until its end, where it is judged again if another is in force by
 * then. A snapshot never changes; it is replaced by a new one. The last user to
 * drop an old one frees it, or hands it over: freeing a million rows takes
 * longer than mail may wait.
 */
#ifndef CONF_SNAPSHOT_H
#define CONF_SNAPSHOT_H

#include "conf/state/state.h"
#include "policy/policy.h"

struct snapshot;

/* The snapshot in force, counted for the caller, who must drop it; NULL before
 * the first is published. */
struct snapshot *snapshot_take(void);
/* Drops one reference and sets *snapshot to NULL; it may be NULL already. */
void snapshot_drop(struct snapshot **snapshot);

/* The policy with the state applied, and the state itself, which is NULL when
 * there is none. Both are NULL for NULL, and borrow until snapshot_drop(). */
const struct policy *snapshot_policy(const struct snapshot *snapshot);
const struct state *snapshot_state(const struct snapshot *snapshot);

/*
 * Puts policy in force with state applied to it. Takes both. policy NULL keeps
 * the policy in force and applies state to it; without one in force nothing is
 * published. state may be NULL. Called by one thread at a time.
 */
void snapshot_publish(struct policy *policy, struct state *state);

/*
 * From now on snapshots that nobody uses any more are not freed by their last
 * user. It calls fn, in any thread, which has another thread call
 * snapshot_free_retired() soon. NULL: they are freed by their last user again.
 */
void snapshot_hand_over(void (*fn)(void));
/* Frees them, and returns how many. */
size_t snapshot_free_retired(void);

/* Drops the snapshot in force, at the end of the process. */
void snapshot_clear(void);
#endif
