/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/outbound/matchnames.h"

/* Which names a token matches. */
enum reach {
	REACH_ANY,                      /* any name */
	REACH_NAME,                     /* this name */
	REACH_ONE_BELOW,                /* one label in front of it */
	REACH_BELOW                     /* one label in front or more */
};

/* A token with Postfix's words replaced. */
struct meaning {
	enum reach reach;
	struct slice name;
};

static const struct {
	struct slice word;
	enum reach reach;
} words[] = {
	{ { "nexthop", 7 }, REACH_NAME },
	{ { "dot-nexthop", 11 }, REACH_BELOW },
	{ { "hostname", 8 }, REACH_ANY },
};

enum { WORDS = COUNT_OF(words) };

bool
matchnames_add(struct matchnames *names, struct slice token)
{
	assert(names->n <= MATCHNAMES_MAX);
	if (names->n == MATCHNAMES_MAX)
		return false;
	names->list[names->n++] = token;
	return true;
}

bool
matchname_is_word(struct slice token)
{
	for (unsigned i = 0; i < WORDS; i++)
		if (slice_ieq(token, words[i].word))
			return true;
	return false;
}

bool
matchname_is_any(struct slice token)
{
	return slice_ieq(token, SLICE("hostname"));
}

static struct meaning
matchnames_meaning_of(struct slice token, struct slice host)
{
	for (unsigned i = 0; i < WORDS; i++)
		if (slice_ieq(token, words[i].word))
			return (struct meaning){ words[i].reach, host };
	/* Postfix takes a single dot as a name, not as a suffix. */
	if (token.n > 1 && token.p[0] == '.')
		return (struct meaning){ REACH_BELOW, slice_from(token, 1) };
	if (token.n > 2 && slice_starts(token, SLICE("*.")))
		return (struct meaning){ REACH_ONE_BELOW,
			slice_from(token, 2) };
	return (struct meaning){ REACH_NAME, token };
}

/* The length of what name has before ".parent"; 0: name is not below
 * parent. */
static size_t
matchnames_below(struct slice name, struct slice parent)
{
	size_t front;

	if (name.n < parent.n + 2)
		return 0;
	front = name.n - parent.n - 1;
	if (name.p[front] != '.' ||
	    !slice_ieq(slice_from(name, front + 1), parent))
		return 0;
	return front;
}

static bool
matchnames_same_or_below(struct slice name, struct slice parent)
{
	return slice_ieq(name, parent) || matchnames_below(name, parent) > 0;
}

static bool
matchnames_meaning_within(const struct meaning *inner,
    const struct meaning *outer)
{
	size_t front = matchnames_below(inner->name, outer->name);

	switch (outer->reach) {
	case REACH_ANY:
		return true;
	case REACH_NAME:
		return inner->reach == REACH_NAME &&
		    slice_ieq(inner->name, outer->name);
	case REACH_ONE_BELOW:
		/* The same token was found equal before. */
		return inner->reach == REACH_NAME && front > 0 &&
		    slice_find(inner->name, '.') == front;
	case REACH_BELOW:
		if (inner->reach == REACH_NAME)
			return front > 0;
		return inner->reach != REACH_ANY &&
		    matchnames_same_or_below(inner->name, outer->name);
	}
	return false;
}

bool
matchname_within(struct slice inner, struct slice outer, struct slice host)
{
	struct meaning in = matchnames_meaning_of(inner, host);
	struct meaning out = matchnames_meaning_of(outer, host);

	if (inner.n == 0 || outer.n == 0)
		return false;
	if (out.reach == REACH_ANY || slice_ieq(inner, outer))
		return true;
	if (in.name.n == 0 || out.name.n == 0)
		return false;
	return matchnames_meaning_within(&in, &out);
}

static struct slice
matchnames_digest_digits(struct slice s)
{
	if (slice_istarts(s, SLICE("sha256:")))
		return slice_from(s, 7);
	return s;
}

bool
matchname_digest_eq(struct slice a, struct slice b)
{
	size_t i = 0, j = 0, digits = 0;

	a = matchnames_digest_digits(a);
	b = matchnames_digest_digits(b);
	for (;;) {
		while (i < a.n && a.p[i] == ':')
			i++;
		while (j < b.n && b.p[j] == ':')
			j++;
		if (i == a.n || j == b.n)
			return i == a.n && j == b.n && digits > 0;
		if (!slice_ieq((struct slice){ a.p + i++, 1 },
			(struct slice){ b.p + j++, 1 }))
			return false;
		digits++;
	}
}

bool
matchnames_has_any(const struct matchnames *names)
{
	for (unsigned i = 0; i < names->n; i++)
		if (matchname_is_any(names->list[i]))
			return true;
	return false;
}

static bool
matchnames_token_covered(struct slice token, const struct matchnames *outer,
    struct slice host, bool digests)
{
	for (unsigned i = 0; i < outer->n; i++) {
		if (digests ? matchname_digest_eq(token, outer->list[i])
			    : matchname_within(token, outer->list[i], host))
			return true;
	}
	return false;
}

bool
matchnames_covered(const struct matchnames *inner,
    const struct matchnames *outer, struct slice host, bool digests)
{
	/* An empty list must not count as covered. */
	if (inner->n == 0)
		return false;
	for (unsigned i = 0; i < inner->n; i++)
		if (!matchnames_token_covered(inner->list[i], outer, host,
			digests))
			return false;
	return true;
}

bool
matchnames_common(const struct matchnames *a, const struct matchnames *b,
    struct slice host, bool digests, struct matchnames *out)
{
	assert(out != a && out != b);
	out->n = 0;
	for (unsigned i = 0; i < a->n; i++)
		if (matchnames_token_covered(a->list[i], b, host, digests) &&
		    !matchnames_add(out, a->list[i]))
			return false;
	for (unsigned i = 0; i < b->n; i++)
		if (matchnames_token_covered(b->list[i], a, host, digests) &&
		    !matchnames_token_covered(b->list[i], out, host, digests) &&
		    !matchnames_add(out, b->list[i]))
			return false;
	return out->n > 0;
}
