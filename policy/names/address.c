/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/names/address.h"
#include "policy/base/limits.h"

enum address_char { ADDRESS_PLAIN, ADDRESS_QUOTED, ADDRESS_BROKEN };

/*
 * Steps over the character at *i, a quoted pair as one, and returns whether it
 * is quoted; ADDRESS_BROKEN for a backslash at the very end.
 */
static enum address_char
address_step(struct slice s, size_t *i, bool *quoted)
{
	char c = s.p[(*i)++];

	if (c == '\\') {
		if (*i == s.n)
			return ADDRESS_BROKEN;
		(*i)++;
		return ADDRESS_QUOTED;
	}
	if (c == '"') {
		*quoted = !*quoted;
		return ADDRESS_QUOTED;
	}
	return *quoted ? ADDRESS_QUOTED : ADDRESS_PLAIN;
}

/* Whether nothing in s is quoted, as in most addresses: the fast path. */
static bool
address_is_unquoted(struct slice s)
{
	return slice_find(s, '"') == s.n && slice_find(s, '\\') == s.n;
}

/* Offset of the first c outside quotes, or s.n. */
static size_t
address_find_plain(struct slice s, char c)
{
	bool quoted = false;
	size_t i = 0;

	if (address_is_unquoted(s))
		return slice_find(s, c);
	while (i < s.n) {
		size_t here = i;

		if (address_step(s, &i, &quoted) == ADDRESS_PLAIN &&
		    s.p[here] == c)
			return here;
	}
	return s.n;
}

/* Offset of the last c outside quotes, or s.n. */
static size_t
address_rfind_plain(struct slice s, char c)
{
	size_t found = s.n, i = 0;
	bool quoted = false;

	if (address_is_unquoted(s))
		return slice_rfind(s, c);
	while (i < s.n) {
		size_t here = i;

		if (address_step(s, &i, &quoted) == ADDRESS_PLAIN &&
		    s.p[here] == c)
			found = here;
	}
	return found;
}

static bool
address_is_readable(struct slice s)
{
	bool quoted = false;
	size_t i = 0;

	if (s.p == NULL || s.n > LIMIT_PATH)
		return false;
	for (i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	if (address_is_unquoted(s))
		return true;
	for (i = 0; i < s.n;)
		if (address_step(s, &i, &quoted) == ADDRESS_BROKEN)
			return false;
	return !quoted;
}

/*
 * Takes off the angle brackets. When one or both are missing, the address ends
 * at the first blank after its @: Sendmail 8.17.1 with EAI leaves the ESMTP
 * parameters in place (FACTS 47). A blank before the @ belongs to an unquoted
 * local part.
 */
static bool
address_cut_brackets(struct slice s, struct slice *inside)
{
	size_t open = address_find_plain(s, '<'), close, at;

	if (open < s.n)
		s = slice_from(s, open);
	while (s.n > 0 && s.p[0] == '<')
		s = slice_from(s, 1);
	close = address_find_plain(s, '>');
	if (close < s.n) {
		if (close + 1 < s.n && s.p[close + 1] != ' ' &&
		    s.p[close + 1] != '>')
			return false;
		*inside = slice_trim(slice_head(s, close));
		return true;
	}
	at = address_find_plain(s, '@');
	*inside =
	    slice_head(s, at + address_find_plain(slice_from(s, at), ' '));
	return true;
}

/* "@a,@[IPv6:::1]:u@d" becomes "u@d". */
static bool
address_drop_route(struct slice *s)
{
	while (s->n > 0 && s->p[0] == '@') {
		bool literal = false;
		size_t i = 0;

		for (; i < s->n && (literal || s->p[i] != ':'); i++) {
			if (s->p[i] == '[' || s->p[i] == ']')
				literal = s->p[i] == '[';
			else if (s->p[i] == '"')
				return false;
		}
		if (i == s->n)
			return false;
		*s = slice_from(*s, i + 1);
	}
	return true;
}

bool
address_cut(struct slice path, struct address *out)
{
	struct slice s;
	size_t at;

	if (!address_is_readable(path) ||
	    !address_cut_brackets(slice_trim(path), &s))
		return false;
	if (s.n == 0) {
		*out = (struct address){ .local = s, .null = true };
		return true;
	}
	if (!address_drop_route(&s) || s.n == 0)
		return false;
	at = address_rfind_plain(s, '@');
	out->local = slice_head(s, at);
	out->domain = at == s.n ? SLICE_NONE : slice_from(s, at + 1);
	out->null = false;
	return true;
}

size_t
address_local_key(struct slice local, char delimiter, char *out, size_t size)
{
	size_t i = 0, n = 0;

	while (i < local.n) {
		char c = local.p[i++];

		if (c == '"')
			continue;
		if (c == '\\' && i < local.n)
			c = local.p[i++];
		/* As in Postfix, a delimiter at the start delimits nothing. */
		if (c == delimiter && c != '\0' && n > 0)
			break;
		if (n == size)
			return 0;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		out[n++] = c;
	}
	assert(n <= size);
	return n;
}

bool
address_is_postmaster(struct slice local)
{
	char key[sizeof("postmaster") - 1];
	size_t n = address_local_key(local, '\0', key, sizeof(key));

	return slice_eq((struct slice){ key, n }, SLICE("postmaster"));
}
