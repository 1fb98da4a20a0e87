/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdarg.h>

#include "policy/base/text.h"

void
sentence_add(struct sentence *s, const char *between,
    const char *format, ...)
{
	va_list args;
	int more;

	if (s->n > 0 && s->n < SENTENCE - 1) {
		more = snprintf(s->text + s->n, SENTENCE - s->n, "%s", between);
		s->n += more < 0 ? 0 : (size_t)more;
	}
	if (s->n >= SENTENCE - 1)
		return;
	va_start(args, format);
	more = vsnprintf(s->text + s->n, SENTENCE - s->n, format, args);
	va_end(args);
	s->n += more < 0 ? 0 : (size_t)more;
	if (s->n > SENTENCE - 1) {
		memcpy(s->text + SENTENCE - 4, "...", 4);
		s->n = SENTENCE - 1;
	}
}

const char *
sentence_keep(const struct sentence *s, struct arena *a)
{
	return arena_string(a, (struct slice){ s->text, s->n });
}
