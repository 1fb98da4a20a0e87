/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "conf/snapshot.h"
#include "conf/file/read.h"
#include "policy/base/arena.h"

/* A policy that several snapshots share: only the state differs. */
struct holder {
	struct policy *policy;          /* owns */
	atomic_uint users;              /* snapshots */
};

struct snapshot {
	struct holder *holder;          /* counted */
	struct policy view;             /* the holder's, with the overlay */
	struct state *state;            /* owns; or NULL */
	atomic_uint users;              /* the pointer below counts as one */
};

/*
 * Shared by all threads. A pointer that is loaded first and counted then can
 * be freed in between, so both happen under the lock.
 */
static pthread_mutex_t current_lock = PTHREAD_MUTEX_INITIALIZER;
static struct snapshot *current;        /* under current_lock */

struct snapshot *
snapshot_take(void)
{
	struct snapshot *s;

	pthread_mutex_lock(&current_lock);
	s = current;
	if (s != NULL)
		atomic_fetch_add(&s->users, 1);
	pthread_mutex_unlock(&current_lock);
	return s;
}

static void
snapshot_holder_drop(struct holder *holder)
{
	if (atomic_fetch_sub(&holder->users, 1) != 1)
		return;
	policy_destroy(&holder->policy);
	free(holder);
}

void
snapshot_drop(struct snapshot **snapshot)
{
	struct snapshot *s = *snapshot;

	*snapshot = NULL;
	if (s == NULL || atomic_fetch_sub(&s->users, 1) != 1)
		return;
	snapshot_holder_drop(s->holder);
	state_destroy(&s->state);
	free(s);
}

const struct policy *
snapshot_policy(const struct snapshot *snapshot)
{
	return snapshot == NULL ? NULL : &snapshot->view;
}

const struct state *
snapshot_state(const struct snapshot *snapshot)
{
	return snapshot == NULL ? NULL : snapshot->state;
}

/* Takes holder's count and state. Returns new, counted once. */
static struct snapshot *
snapshot_of(struct holder *holder, struct state *state)
{
	struct snapshot *s = xcalloc(1, sizeof(*s));

	s->holder = holder;
	s->view = *holder->policy;
	s->state = state;
	if (state != NULL) {
		state_apply(state, holder->policy->table);
		s->view.overlay = &state->overlay;
	}
	atomic_init(&s->users, 1);
	return s;
}

static void
snapshot_put_in_force(struct snapshot *new)
{
	struct snapshot *old;

	pthread_mutex_lock(&current_lock);
	old = current;
	current = new;
	pthread_mutex_unlock(&current_lock);
	/* Outside the lock: giving a million rows back takes a while. */
	snapshot_drop(&old);
}

void
snapshot_publish(struct policy *policy, struct state *state)
{
	struct snapshot *old = NULL;
	struct holder *holder;

	if (policy != NULL) {
		holder = xcalloc(1, sizeof(*holder));
		holder->policy = policy;
		atomic_init(&holder->users, 1);
	} else {
		old = snapshot_take();
		if (old == NULL) {
			state_destroy(&state);
			return;
		}
		holder = old->holder;
		atomic_fetch_add(&holder->users, 1);
	}
	snapshot_put_in_force(snapshot_of(holder, state));
	snapshot_drop(&old);
}

void
snapshot_clear(void)
{
	snapshot_put_in_force(NULL);
}
