/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena - memory that is given back all at once
 *
 * One for each message and one for each configuration snapshot. Nothing in it
 * is freed alone. Out of memory ends the process: the MTA's own default action
 * then applies, and no code path has to guess what half a table means.
 */
#ifndef POLICY_BASE_ARENA_H
#define POLICY_BASE_ARENA_H

#include <stddef.h>

#include "policy/base/slice.h"

struct arena;

/* Returns new; goes with arena_destroy(). first is the first block's bytes. */
struct arena *arena_create(size_t first);
void arena_destroy(struct arena **a);
/* Forgets all that was allocated and keeps the first block. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type, borrowed until reset or destroy; never NULL. */
void *arena_alloc(struct arena *a, size_t size);
/* count * size with the overflow checked. */
void *arena_array(struct arena *a, size_t count, size_t size);
/* A copy with a NUL behind it; an absent slice stays absent. */
struct slice arena_copy(struct arena *a, struct slice s);
/* The same as a C string; NULL for an absent slice. */
char *arena_string(struct arena *a, struct slice s);
char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A point to which an arena can be taken back. */
struct arena_mark {
	void *block;
	size_t used;
};

struct arena_mark arena_mark(const struct arena *a);
/* Forgets what was allocated since mark, which was of this arena and is not
 * older than its last reset. */
void arena_rewind(struct arena *a, struct arena_mark mark);

/* Bytes asked of the system so far. */
size_t arena_size(const struct arena *a);

/* malloc(3) and friends that end the process instead of returning NULL. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
#endif
