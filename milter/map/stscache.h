/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stscache - what destinations publish, kept for a while
 *
 * An answer is fresh for 30 seconds, a failure for one. A policy learnt within
 * the last hour is kept when its server fails. The cache is bounded in entries
 * and in octets: the entry that was used least recently goes first, but never
 * one that is held. It knows neither sockets nor the clock: all times are
 * milliseconds of the caller's monotonic clock. Lives on the event loop's
 * thread.
 */
#ifndef MILTER_MAP_STSCACHE_H
#define MILTER_MAP_STSCACHE_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/queue.h>

#include "policy/base/slice.h"
#include "policy/outbound/outbound.h"

enum {
	STSCACHE_ENTRIES = 4096,
	STSCACHE_TEXTS = 4 << 20,       /* octets of all texts */

	/* The servers have caches of their own; this one takes the bursts. */
	STSCACHE_FRESH_MS = 30 * 1000,
	STSCACHE_FAILURE_MS = 1000,
	/* How long a policy is kept while its server fails. */
	STSCACHE_STALE_MS = 60 * 60 * 1000
};

struct stscache;

/* What is known of one key. Its user may read it and set holder. */
struct stscache_entry {
	TAILQ_ENTRY(stscache_entry) age;        /* least recently used first */
	LIST_ENTRY(stscache_entry) bucket;
	void *holder;                   /* not NULL: the entry is not freed */
	enum publication publication;
	int64_t fresh_until;            /* ms: not asked again before */
	int64_t stale_until;            /* ms: a text is kept through failures
	                                 * until then */
	char *text;                     /* owns; NULL: none */
	size_t text_n;
	size_t key_n;
	char key[];
};

/* Returns new; goes with stscache_destroy(). */
struct stscache *stscache_create(void);
void stscache_destroy(struct stscache **cache);

/* The entry of key, which is now the most recently used; NULL: none. */
struct stscache_entry *stscache_find(struct stscache *cache,
    struct slice key);
/* Adds an entry for key, which has none: a failure that is not fresh. */
struct stscache_entry *stscache_add(struct stscache *cache, struct slice key);

/* Notes an answer, or a failure, in an entry that is held, at now_ms. Copies
 * text, which is empty unless publication is PUBLICATION_TEXT. */
void stscache_learn(struct stscache *cache, struct stscache_entry *entry,
    enum publication publication, struct slice text, int64_t now_ms);
/* Sets the holder of an entry to NULL, which may free the entry. */
void stscache_release(struct stscache *cache, struct stscache_entry *entry);

/* Has all answers asked again. A policy is kept through a failure as before. */
void stscache_outdate(struct stscache *cache);

/* Forgets all answers. Entries that are held stay, neither fresh nor to be
 * kept through a failure. */
void stscache_forget(struct stscache *cache);

size_t stscache_count(const struct stscache *cache);
#endif
