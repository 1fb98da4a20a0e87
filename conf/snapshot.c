/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "conf/snapshot.h"
#include "conf/file/read.h"
#include "policy/base/arena.h"

/* A policy that several snapshots share; only their state differs. */
struct shared_policy {
	struct policy *policy;          /* owns */
	atomic_uint users;              /* snapshots */
};

struct snapshot {
	struct shared_policy *shared;   /* counted */
	struct policy view;             /* a copy of shared->policy with the
	                                 * overlay of state */
	struct state *state;            /* owns; or NULL */
	atomic_uint users;              /* current, below, counts as one */
	struct snapshot *next;          /* in retired, below */
};

/*
 * Shared by all threads. A pointer that is loaded first and counted then can
 * be freed in between, so both happen under the lock.
 */
static pthread_mutex_t current_lock = PTHREAD_MUTEX_INITIALIZER;
static struct snapshot *current;        /* under current_lock */
static struct snapshot *retired;        /* under current_lock; owns */

static void (*on_retired)(void);        /* under current_lock */

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
snapshot_drop_shared(struct shared_policy *shared)
{
	unsigned users = atomic_fetch_sub(&shared->users, 1);

	assert(users > 0);
	if (users > 1)
		return;
	policy_destroy(&shared->policy);
	free(shared);
}

static void
snapshot_free(struct snapshot *s)
{
	assert(atomic_load(&s->users) == 0);
	snapshot_drop_shared(s->shared);
	state_destroy(&s->state);
	free(s);
}

/* Leaves the snapshot to another thread; false: there is none. */
static bool
snapshot_retire(struct snapshot *s)
{
	void (*fn)(void);

	pthread_mutex_lock(&current_lock);
	fn = on_retired;
	if (fn != NULL) {
		s->next = retired;
		retired = s;
	}
	pthread_mutex_unlock(&current_lock);
	if (fn != NULL)
		fn();
	return fn != NULL;
}

void
snapshot_drop(struct snapshot **snapshot)
{
	struct snapshot *s = *snapshot;
	unsigned users;

	*snapshot = NULL;
	if (s == NULL)
		return;
	users = atomic_fetch_sub(&s->users, 1);
	assert(users > 0);
	if (users > 1)
		return;
	if (!snapshot_retire(s))
		snapshot_free(s);
}

void
snapshot_hand_over(void (*fn)(void))
{
	pthread_mutex_lock(&current_lock);
	on_retired = fn;
	pthread_mutex_unlock(&current_lock);
}

size_t
snapshot_free_retired(void)
{
	struct snapshot *list, *next;
	size_t count = 0;

	pthread_mutex_lock(&current_lock);
	list = retired;
	retired = NULL;
	pthread_mutex_unlock(&current_lock);
	for (; list != NULL; list = next) {
		next = list->next;
		snapshot_free(list);
		count++;
	}
	return count;
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

/* Takes state and one reference to shared. Returns new, counted once. */
static struct snapshot *
snapshot_create(struct shared_policy *shared, struct state *state)
{
	struct snapshot *s = xcalloc(1, sizeof(*s));

	assert(shared->policy != NULL && shared->policy->table != NULL);
	s->shared = shared;
	s->view = *shared->policy;
	s->state = state;
	if (state != NULL) {
		state_apply(state, shared->policy);
		s->view.overlay = &state->overlay;
	}
	atomic_init(&s->users, 1);
	return s;
}

/* Takes new, which may be NULL. */
static void
snapshot_swap(struct snapshot *new)
{
	struct snapshot *old;

	pthread_mutex_lock(&current_lock);
	old = current;
	current = new;
	pthread_mutex_unlock(&current_lock);
	/* Outside the lock, which dropping takes itself. */
	snapshot_drop(&old);
}

void
snapshot_publish(struct policy *policy, struct state *state)
{
	struct snapshot *old = NULL;
	struct shared_policy *shared;

	if (policy != NULL) {
		shared = xcalloc(1, sizeof(*shared));
		shared->policy = policy;
		atomic_init(&shared->users, 1);
	} else {
		old = snapshot_take();
		if (old == NULL) {
			state_destroy(&state);
			return;
		}
		shared = old->shared;
		atomic_fetch_add(&shared->users, 1);
	}
	snapshot_swap(snapshot_create(shared, state));
	snapshot_drop(&old);
}

void
snapshot_clear(void)
{
	snapshot_hand_over(NULL);
	snapshot_swap(NULL);
	snapshot_free_retired();
}
