/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/map/stscache.h"
#include "policy/base/arena.h"
#include "policy/base/limits.h"

enum { BUCKETS = 1024 };                /* a power of two */

struct stscache {
	TAILQ_HEAD(, stscache_entry) ages;
	LIST_HEAD(stscache_bucket, stscache_entry) buckets[BUCKETS];
	size_t count;
	size_t text_bytes;
};

static struct stscache_bucket *
stscache_bucket_of(struct stscache *cache, struct slice key)
{
	return &cache->buckets[slice_hash(key) & (BUCKETS - 1)];
}

static void
stscache_drop_text(struct stscache *cache, struct stscache_entry *entry)
{
	assert(cache->text_bytes >= entry->text_n);
	cache->text_bytes -= entry->text_n;
	free(entry->text);
	entry->text = NULL;
	entry->text_n = 0;
}

static void
stscache_remove(struct stscache *cache, struct stscache_entry *entry)
{
	assert(cache->count > 0);
	TAILQ_REMOVE(&cache->ages, entry, age);
	LIST_REMOVE(entry, bucket);
	cache->count--;
	stscache_drop_text(cache, entry);
	free(entry);
}

/* Removes the least recently used entries until there is room for so many
 * more. */
static void
stscache_make_room(struct stscache *cache, size_t more)
{
	struct stscache_entry *entry = TAILQ_FIRST(&cache->ages), *next;

	for (; entry != NULL &&
	     (cache->count + more > STSCACHE_ENTRIES ||
	     cache->text_bytes > STSCACHE_TEXTS);
	     entry = next) {
		next = TAILQ_NEXT(entry, age);
		if (entry->holder == NULL)
			stscache_remove(cache, entry);
	}
}

struct stscache_entry *
stscache_find(struct stscache *cache, struct slice key)
{
	struct stscache_entry *entry;

	LIST_FOREACH (entry, stscache_bucket_of(cache, key), bucket)
		if (slice_eq((struct slice){ entry->key, entry->key_n }, key))
			break;
	if (entry == NULL)
		return NULL;
	TAILQ_REMOVE(&cache->ages, entry, age);
	TAILQ_INSERT_TAIL(&cache->ages, entry, age);
	return entry;
}

struct stscache_entry *
stscache_add(struct stscache *cache, struct slice key)
{
	struct stscache_entry *entry = xcalloc(1, sizeof(*entry) + key.n);

	assert(key.n > 0);
	stscache_make_room(cache, 1);
	entry->key_n = key.n;
	memcpy(entry->key, key.p, key.n);
	LIST_INSERT_HEAD(stscache_bucket_of(cache, key), entry, bucket);
	TAILQ_INSERT_TAIL(&cache->ages, entry, age);
	cache->count++;
	return entry;
}

static void
stscache_learn_failure(struct stscache_entry *entry, int64_t now_ms)
{
	entry->fresh_until = now_ms + STSCACHE_FAILURE_MS;
	if (entry->publication != PUBLICATION_TEXT ||
	    now_ms > entry->stale_until)
		entry->publication = PUBLICATION_FAILED;
}

void
stscache_learn(struct stscache *cache, struct stscache_entry *entry,
    enum publication publication, struct slice text, int64_t now_ms)
{
	assert(entry->holder != NULL);
	assert((publication == PUBLICATION_TEXT) == (text.n > 0));
	if (publication == PUBLICATION_FAILED) {
		stscache_learn_failure(entry, now_ms);
		return;
	}
	stscache_drop_text(cache, entry);
	if (text.n > 0) {
		entry->text = xmalloc(text.n);
		memcpy(entry->text, text.p, text.n);
		entry->text_n = text.n;
		cache->text_bytes += text.n;
	}
	entry->publication = publication;
	entry->fresh_until = now_ms + STSCACHE_FRESH_MS;
	entry->stale_until = now_ms + STSCACHE_STALE_MS;
}

void
stscache_release(struct stscache *cache, struct stscache_entry *entry)
{
	assert(entry->holder != NULL);
	entry->holder = NULL;
	stscache_make_room(cache, 0);
}

void
stscache_outdate(struct stscache *cache)
{
	struct stscache_entry *entry;

	TAILQ_FOREACH (entry, &cache->ages, age)
		entry->fresh_until = 0;
}

void
stscache_forget(struct stscache *cache)
{
	struct stscache_entry *entry = TAILQ_FIRST(&cache->ages), *next;

	for (; entry != NULL; entry = next) {
		next = TAILQ_NEXT(entry, age);
		if (entry->holder == NULL)
			stscache_remove(cache, entry);
		else
			entry->fresh_until = entry->stale_until = 0;
	}
}

size_t
stscache_count(const struct stscache *cache)
{
	return cache->count;
}

struct stscache *
stscache_create(void)
{
	struct stscache *cache = xcalloc(1, sizeof(*cache));

	TAILQ_INIT(&cache->ages);
	for (unsigned i = 0; i < BUCKETS; i++)
		LIST_INIT(&cache->buckets[i]);
	return cache;
}

void
stscache_destroy(struct stscache **cache)
{
	struct stscache_entry *entry;

	if (*cache == NULL)
		return;
	while ((entry = TAILQ_FIRST(&(*cache)->ages)) != NULL)
		stscache_remove(*cache, entry);
	assert((*cache)->count == 0 && (*cache)->text_bytes == 0);
	free(*cache);
	*cache = NULL;
}
