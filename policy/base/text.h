/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text - text that grows within the bounds of a buffer
 *
 * All bounded text in the tree is built with it. What does not fit is left out,
 * with everything that is added later: the text is cut. After each call the
 * buffer holds a C string, unless its size is 0. A text borrows its buffer.
 */
#ifndef POLICY_BASE_TEXT_H
#define POLICY_BASE_TEXT_H

#include <stdarg.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"

/* Room for a sentence of ours with a few names from outside in it. */
enum { TEXT_SENTENCE = 768 };

struct text {
	char *begin;
	char *at;                       /* where the next byte goes */
	char *end;                      /* the last byte, for the NUL */
	bool cut;
};

/* Begins an empty text in the size bytes at out. */
void text_init(struct text *t, char *out, size_t size);

/* Adds what printf(3) would print. */
void text_add(struct text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_vadd(struct text *t, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/* The same, with between before it unless t is empty. */
void text_join(struct text *t, const char *between, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds as much of s as fits; text_slice() calls it when not all does. */
void text_fill(struct text *t, struct slice s);

/* Adds s as it is; an absent slice adds nothing. */
static inline void
text_slice(struct text *t, struct slice s)
{
	if (s.n == 0)
		return;
	if (s.n > (size_t)(t->end - t->at)) {
		text_fill(t, s);
		return;
	}
	memcpy(t->at, s.p, s.n);
	t->at += s.n;
	*t->at = '\0';
}

static inline void
text_byte(struct text *t, char c)
{
	text_slice(t, (struct slice){ &c, 1 });
}

/* The ending of a noun that is counted. */
static inline const char *
text_plural(long long count)
{
	return count == 1 ? "" : "s";
}

static inline size_t
text_length(const struct text *t)
{
	return (size_t)(t->at - t->begin);
}

/* How many bytes still fit. */
static inline size_t
text_room(const struct text *t)
{
	return (size_t)(t->end - t->at);
}

static inline struct slice
text_so_far(const struct text *t)
{
	return (struct slice){ t->begin, text_length(t) };
}

/*
 * Ends a text that was cut with "..." in place of its last bytes. It never
 * leaves half of a UTF-8 character or half of an escape of slice_show().
 * Returns the length.
 */
size_t text_end(struct text *t);
/* The same; returns a copy that is allocated in a. */
char *text_copy(struct text *t, struct arena *a);
#endif
