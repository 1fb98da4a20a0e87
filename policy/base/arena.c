/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/base/arena.h"

struct block {
	struct block *next;             /* the one before; NULL: the first */
	size_t size;                    /* bytes that follow this header */
	size_t used;
};

struct arena {
	struct block *last;             /* owns it, and all before it */
	size_t bytes;                   /* of all blocks */
};

enum { ALIGN = _Alignof(max_align_t) };

static size_t
arena_aligned(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

_Noreturn static void
arena_out_of_memory(void)
{
	/* stderr is unbuffered, so this allocates nothing. */
	fputs("enforcetls: out of memory, ending\n", stderr);
	abort();
}

void *
xmalloc(size_t size)
{
	void *p = malloc(size == 0 ? 1 : size);

	if (p == NULL)
		arena_out_of_memory();
	return p;
}

void *
xcalloc(size_t count, size_t size)
{
	void *p = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);

	if (p == NULL)
		arena_out_of_memory();
	return p;
}

void *
xrealloc(void *old, size_t size)
{
	void *p = realloc(old, size == 0 ? 1 : size);

	if (p == NULL)
		arena_out_of_memory();
	return p;
}

static char *
arena_block_bytes(struct block *b)
{
	return (char *)b + arena_aligned(sizeof(*b));
}

static void
arena_add_block(struct arena *a, size_t size)
{
	struct block *b;

	if (size > SIZE_MAX / 2)
		arena_out_of_memory();
	b = xmalloc(arena_aligned(sizeof(*b)) + size);
	b->next = a->last;
	b->size = size;
	b->used = 0;
	a->last = b;
	a->bytes += arena_aligned(sizeof(*b)) + size;
}

struct arena *
arena_create(size_t first)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	arena_add_block(a, arena_aligned(first));
	return a;
}

/* Frees every block that was added after first. */
static void
arena_drop_blocks_after(struct arena *a, const struct block *first)
{
	while (a->last != first) {
		struct block *b = a->last;

		assert(b->next != NULL);
		a->last = b->next;
		a->bytes -= arena_aligned(sizeof(*b)) + b->size;
		free(b);
	}
}

/* Frees every block except the first. */
static void
arena_drop_blocks(struct arena *a)
{
	struct block *first = a->last;

	while (first->next != NULL)
		first = first->next;
	arena_drop_blocks_after(a, first);
}

struct arena_mark
arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->last, a->last->used };
}

void
arena_rewind(struct arena *a, struct arena_mark mark)
{
	arena_drop_blocks_after(a, mark.block);
	assert(mark.used <= a->last->used);
	a->last->used = mark.used;
}

void
arena_destroy(struct arena **a)
{
	if (*a == NULL)
		return;
	arena_drop_blocks(*a);
	free((*a)->last);
	free(*a);
	*a = NULL;
}

void
arena_reset(struct arena *a)
{
	arena_drop_blocks(a);
	a->last->used = 0;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct block *b = a->last;
	char *p;

	if (size > SIZE_MAX / 4)
		arena_out_of_memory();
	size = arena_aligned(size);
	if (b->size - b->used < size) {
		size_t next = b->size < 1 << 20 ? b->size * 2 : b->size;

		if (next < 256)
			next = 256;
		arena_add_block(a, next > size ? next : size);
		b = a->last;
	}
	assert(size <= b->size - b->used);
	p = arena_block_bytes(b) + b->used;
	b->used += size;
	return memset(p, 0, size);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	assert(size != 0);
	if (count > SIZE_MAX / size)
		arena_out_of_memory();
	return arena_alloc(a, count * size);
}

void *
arena_grow(struct arena *a, const void *list, size_t count, size_t room,
    size_t size)
{
	void *grown = arena_array(a, room, size);

	assert(count <= room);
	if (count > 0)
		memcpy(grown, list, count * size);
	return grown;
}

void *
arena_more(struct arena *a, const void *list, size_t count, size_t size)
{
	/* There is room up to the next power of two. */
	if ((count & (count - 1)) != 0)
		return (void *)(uintptr_t)list;
	return arena_grow(a, list, count, count == 0 ? 1 : 2 * count, size);
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	char *p = arena_string(a, s);

	return p == NULL ? SLICE_NONE : (struct slice){ p, s.n };
}

char *
arena_string(struct arena *a, struct slice s)
{
	char *p;

	if (s.p == NULL)
		return NULL;
	p = arena_alloc(a, s.n + 1);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list first, second;
	char *p;
	int n;

	va_start(first, format);
	va_copy(second, first);
	n = vsnprintf(NULL, 0, format, first);
	va_end(first);
	/* Of our formats none fails for any other reason. */
	if (n < 0)
		arena_out_of_memory();
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, format, second);
	va_end(second);
	return p;
}

size_t
arena_size(const struct arena *a)
{
	return a->bytes;
}

size_t
arena_used(const struct arena *a)
{
	size_t used = 0;

	for (const struct block *b = a->last; b != NULL; b = b->next)
		used += b->used;
	return used;
}
