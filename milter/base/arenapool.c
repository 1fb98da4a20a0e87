/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>

#include "milter/base/arenapool.h"

enum {
	/* One recipient with all its macros and a few judged rules. */
	FIRST = 8 << 10,
	/* As many messages as a busy relay receives at one moment. */
	KEPT = 128
};

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct arena *kept[KEPT];
static size_t count;

struct arena *
arenapool_take(void)
{
	struct arena *arena = NULL;

	pthread_mutex_lock(&lock);
	assert(count <= KEPT);
	if (count > 0)
		arena = kept[--count];
	pthread_mutex_unlock(&lock);
	return arena != NULL ? arena : arena_create(FIRST);
}

void
arenapool_give(struct arena **arena)
{
	assert(*arena != NULL);
	arena_reset(*arena);
	pthread_mutex_lock(&lock);
	if (count < KEPT) {
		kept[count++] = *arena;
		*arena = NULL;
	}
	pthread_mutex_unlock(&lock);
	arena_destroy(arena);
}

void
arenapool_clear(void)
{
	pthread_mutex_lock(&lock);
	while (count > 0)
		arena_destroy(&kept[--count]);
	pthread_mutex_unlock(&lock);
}
