/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena - memory that is freed all at once
 *
 * There is one for each message and one for each configuration snapshot.
 * Nothing in an arena is freed alone. Running out of memory ends the process:
 * the MTA then applies its own default action, and no code has to work with
 * half a table.
 */
#ifndef POLICY_BASE_ARENA_H
#define POLICY_BASE_ARENA_H

#include <stddef.h>

#include "policy/base/slice.h"

struct arena;

/* Returns new, for arena_destroy(). first is the size of the first block in
 * bytes. */
struct arena *arena_create(size_t first);
/* Frees *a, which may be NULL, and sets it to NULL. */
void arena_destroy(struct arena **a);
/* Forgets everything that was allocated; the first block is used again. */
void arena_reset(struct arena *a);

/* Returns size bytes, zeroed and aligned for any type; never NULL. The caller
 * borrows them until the arena is reset, rewound or destroyed. */
void *arena_alloc(struct arena *a, size_t size);
/* The same for count elements of size bytes; the product is checked. */
void *arena_array(struct arena *a, size_t count, size_t size);
/* A copy of list, which may be NULL when count is 0, in an array of room
 * elements, at least count; what is behind the copied ones is zeroed. */
void *arena_grow(struct arena *a, const void *list, size_t count, size_t room,
    size_t size);
/* Room for one more element behind the count of list, which is NULL or what the
 * call for the element before returned. It may move; the new one is zeroed or
 * what was there. */
void *arena_more(struct arena *a, const void *list, size_t count, size_t size);
/* A copy of s that ends with a NUL; an absent slice stays absent. */
struct slice arena_copy(struct arena *a, struct slice s);
/* The same as a C string; NULL for an absent slice. */
char *arena_string(struct arena *a, struct slice s);
/* What printf(3) would print, as a C string. */
char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A point to which an arena can be taken back. */
struct arena_mark {
	void *block;
	size_t used;
};

struct arena_mark arena_mark(const struct arena *a);
/* Forgets what was allocated since mark. The mark must come from this arena,
 * after its last reset. */
void arena_rewind(struct arena *a, struct arena_mark mark);

/* How many bytes its blocks take. */
size_t arena_size(const struct arena *a);
/* How many of them are in use. */
size_t arena_used(const struct arena *a);

/* malloc(3) and friends that end the process instead of returning NULL. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
#endif
