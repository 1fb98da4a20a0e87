/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "conf/read.h"
#include "conf/snapshot.h"
#include "policy/arena.h"

struct snapshot {
	struct policy *policy;          /* owns */
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

void
snapshot_drop(struct snapshot **snapshot)
{
	struct snapshot *s = *snapshot;

	*snapshot = NULL;
	if (s == NULL || atomic_fetch_sub(&s->users, 1) != 1)
		return;
	policy_destroy(&s->policy);
	free(s);
}

const struct policy *
snapshot_policy(const struct snapshot *snapshot)
{
	return snapshot == NULL ? NULL : snapshot->policy;
}

void
snapshot_publish(struct policy *policy)
{
	struct snapshot *new = NULL, *old;

	if (policy != NULL) {
		new = xcalloc(1, sizeof(*new));
		new->policy = policy;
		atomic_init(&new->users, 1);
	}
	pthread_mutex_lock(&current_lock);
	old = current;
	current = new;
	pthread_mutex_unlock(&current_lock);
	/* Outside the lock: giving a million rows back takes a while. */
	snapshot_drop(&old);
}
