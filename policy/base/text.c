/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdio.h>

#include "policy/base/text.h"

void
text_init(struct text *t, char *out, size_t size)
{
	assert(out != NULL);
	*t = (struct text){ .begin = out, .at = out, .end = out };
	if (size > 0) {
		t->end = out + size - 1;
		*out = '\0';
	}
}

void
text_fill(struct text *t, struct slice s)
{
	size_t room = text_room(t);

	assert(s.n > room);
	text_slice(t, slice_head(s, room));
	t->cut = true;
}

void
text_vadd(struct text *t, const char *format, va_list args)
{
	size_t room = text_room(t);
	/* A buffer of size 0 has no room for the NUL either. */
	int n = vsnprintf(t->at, room == 0 ? 0 : room + 1, format, args);

	assert(!t->cut || room == 0);
	if (n < 0)
		t->end = t->at;
	t->cut = t->cut || n < 0 || (size_t)n > room;
	t->at = t->cut ? t->end : t->at + n;
	if (n < 0 && room > 0)
		*t->at = '\0';
}

void
text_add(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vadd(t, format, args);
	va_end(args);
}

void
text_join(struct text *t, const char *between, const char *format, ...)
{
	va_list args;

	if (t->at > t->begin)
		text_slice(t, slice_of(between));
	va_start(args, format);
	text_vadd(t, format, args);
	va_end(args);
}

/* Where the dots begin: at the start of a character, and of an escape. */
static char *
text_dots_at(const struct text *t)
{
	char *p = text_length(t) < 3 ? t->begin : t->at - 3;

	while (p > t->begin && (*p & 0xc0) == 0x80)
		p--;
	for (int k = 1; k <= 3 && p - t->begin >= k; k++)
		if (p[-k] == '\\')      /* of "\xHH" */
			return p - k;
	return p;
}

size_t
text_end(struct text *t)
{
	if (t->cut && t->at > t->begin) {
		char *p = text_dots_at(t);

		for (int i = 0; i < 3 && p < t->end; i++)
			*p++ = '.';
		assert(p <= t->end);
		*p = '\0';
		t->at = t->end = p;
	}
	return text_length(t);
}

char *
text_copy(struct text *t, struct arena *a)
{
	text_end(t);
	return arena_string(a, text_so_far(t));
}
