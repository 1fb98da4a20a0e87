/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/sendmail/sendmail_equate.h"

enum { YEAR = 366 * 24 * 3600 };

static bool
equate_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What a backslash makes of c. */
static char
equate_escaped(char c)
{
	static const struct { char written, meant; } escapes[] = {
		{ 'r', '\r' }, { 'n', '\n' }, { 'f', '\f' }, { 'b', '\b' },
	};

	for (size_t i = 0; i < COUNT_OF(escapes); i++)
		if (c == escapes[i].written)
			return escapes[i].meant;
	return c;
}

/* Cuts a value off *rest, as far as its end. */
static struct slice
equate_value(struct slice *rest, char end, struct arena *a)
{
	char *out = arena_alloc(a, rest->n + 1);
	size_t n = 0, i;
	bool quoted = false;

	for (i = 0; i < rest->n; i++) {
		char c = rest->p[i];

		if (c == '\\') {
			if (++i < rest->n)
				out[n++] = equate_escaped(rest->p[i]);
		} else if (c == '"')
			quoted = !quoted;
		else if (c == end && !quoted)
			break;
		else
			out[n++] = c;
	}
	*rest = slice_from(*rest, i);
	return (struct slice){ out, n };
}

struct slice
sendmail_equate_unquoted(struct slice text, struct arena *a)
{
	return equate_value(&text, '\0', a);
}

bool
sendmail_equate_next(struct sendmail_equates *list, struct arena *a,
    struct sendmail_equate *out)
{
	struct slice *rest = &list->rest;
	size_t n = 0;

	while (rest->n > 0 && (*rest->p == list->end ||
	    equate_is_blank(*rest->p)))
		*rest = slice_from(*rest, 1);
	if (rest->n == 0)
		return false;
	while (n < rest->n && rest->p[n] != list->sign &&
	    rest->p[n] != list->end)
		n++;
	if (n == 0 || n == rest->n || rest->p[n] != list->sign) {
		list->broken = true;
		return false;
	}
	out->code = *rest->p;
	*rest = slice_from(*rest, n + 1);
	while (rest->n > 0 && equate_is_blank(*rest->p))
		*rest = slice_from(*rest, 1);
	out->value = equate_value(rest, list->end, a);
	return true;
}

/* In seconds; 0: it is no unit. */
static long
equate_unit(char c)
{
	static const struct { char unit; long seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 24 * 3600 },
		{ 'w', 7 * 24 * 3600 },
	};

	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (c == units[i].unit)
			return units[i].seconds;
	return 0;
}

long
sendmail_equate_seconds(struct slice text)
{
	long total = 0, number = 0;

	text = slice_trim(text);
	if (text.n == 0)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		size_t from = i;
		long unit;

		while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9')
			i++;
		if (!slice_int((struct slice){ text.p + from, i - from }, 0,
		    YEAR, &number))
			return -1;
		unit = i == text.n ? 1 : equate_unit(text.p[i]);
		if (unit == 0 || number > (YEAR - total) / unit)
			return -1;
		total += number * unit;
	}
	return total;
}
