/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/outbound/tlsstrength.h"

static bool
tlsstrength_is_encrypted(enum tls_level level)
{
	return level == TLS_LEVEL_ENCRYPT || level == TLS_LEVEL_SECURE ||
	    level == TLS_LEVEL_FINGERPRINT || level == TLS_LEVEL_DANE_ONLY;
}

/* Whether have proves the peer for a rule that lists none: by anything that
 * does not rest on an unsigned DNS answer. */
static bool
tlsstrength_covers_any_proof(const struct tlspolicy *have)
{
	if (have->level == TLS_LEVEL_SECURE)
		return have->match.n > 0 && !matchnames_has_any(&have->match);
	return have->level == TLS_LEVEL_FINGERPRINT ||
	    have->level == TLS_LEVEL_DANE_ONLY;
}

static bool
tlsstrength_covers_level(const struct tlspolicy *have,
    const struct tlspolicy *want)
{
	switch (want->level) {
	case TLS_LEVEL_UNSET:
		return false;
	case TLS_LEVEL_NONE:
		return true;
	case TLS_LEVEL_MAY:
		return have->level == TLS_LEVEL_MAY ||
		    have->level == TLS_LEVEL_DANE ||
		    tlsstrength_is_encrypted(have->level);
	case TLS_LEVEL_DANE:
		return have->level == TLS_LEVEL_DANE ||
		    have->level == TLS_LEVEL_DANE_ONLY;
	case TLS_LEVEL_ENCRYPT:
		return tlsstrength_is_encrypted(have->level);
	case TLS_LEVEL_SECURE:
		if (want->any_proof)
			return tlsstrength_covers_any_proof(have);
		return have->level == TLS_LEVEL_SECURE &&
		    matchnames_covered(&have->match, &want->match,
			have->host, false);
	case TLS_LEVEL_FINGERPRINT:
		return have->level == TLS_LEVEL_FINGERPRINT &&
		    matchnames_covered(&have->match, &want->match,
			have->host, true);
	case TLS_LEVEL_DANE_ONLY:
		return have->level == TLS_LEVEL_DANE_ONLY;
	}
	return false;
}

/* Whether an attribute that is copied as it is narrows what is accepted. */
static bool
tlsstrength_is_strict(const struct extra *extra, enum tls_level level)
{
	enum tls_attribute_kind kind = extra->attribute->kind;

	return kind == TLS_ATTRIBUTE_EXCLUDE ||
	    (kind == TLS_ATTRIBUTE_TAFILE && level == TLS_LEVEL_SECURE);
}

static bool
tlsstrength_has_extra(const struct tlspolicy *p, const struct extra *extra)
{
	for (unsigned i = 0; i < p->extra_count; i++)
		if (p->extras[i].attribute == extra->attribute &&
		    slice_eq(p->extras[i].value, extra->value))
			return true;
	return false;
}

static bool
tlsstrength_covers_extras(const struct tlspolicy *have,
    const struct tlspolicy *want)
{
	for (unsigned i = 0; i < want->extra_count; i++)
		if (tlsstrength_is_strict(&want->extras[i], have->level) &&
		    !tlsstrength_has_extra(have, &want->extras[i]))
			return false;
	return true;
}

static bool
tlsstrength_covers_floors(const struct tlspolicy *have,
    const struct tlspolicy *want)
{
	if (want->grade != GRADE_NONE && have->grade < want->grade)
		return false;
	return want->protocols == 0 || want->protocols == TLSPOLICY_EVERY ||
	    (have->protocols != 0 &&
		(have->protocols & ~want->protocols) == 0);
}

static bool
tlsstrength_covers_patterns(const struct tlspolicy *have,
    const struct tlspolicy *want)
{
	if (want->patterns.n == 0 || want->level != TLS_LEVEL_SECURE ||
	    have->level != TLS_LEVEL_SECURE)
		return true;
	return matchnames_covered(&have->patterns, &want->patterns, SLICE_NONE,
	    false);
}

bool
tlsstrength_covers(const struct tlspolicy *have, const struct tlspolicy *want)
{
	return tlsstrength_covers_level(have, want) &&
	    tlsstrength_covers_floors(have, want) &&
	    tlsstrength_covers_patterns(have, want) &&
	    tlsstrength_covers_extras(have, want);
}

static void
tlsstrength_copy_level(const struct tlspolicy *from, struct tlspolicy *out)
{
	assert(from->match.n <= MATCHNAMES_MAX);
	out->level = from->level;
	out->any_proof = from->any_proof;
	out->match.n = from->match.n;
	for (unsigned i = 0; i < from->match.n; i++)
		out->match.list[i] = from->match.list[i];
}

static bool
tlsstrength_is_pair(const struct tlspolicy *a, const struct tlspolicy *b,
    enum tls_level one, enum tls_level two)
{
	return (a->level == one && b->level == two) ||
	    (a->level == two && b->level == one);
}

/* Merges two levels of which neither covers the other. */
static const char *
tlsstrength_join_levels(const struct tlspolicy *a, const struct tlspolicy *b,
    bool published, struct tlspolicy *out)
{
	if (tlsstrength_is_pair(a, b, TLS_LEVEL_DANE, TLS_LEVEL_ENCRYPT) ||
	    ((a->any_proof || b->any_proof) &&
		tlsstrength_is_pair(a, b, TLS_LEVEL_DANE, TLS_LEVEL_SECURE))
	    /* DANE comes before MTA-STS: RFC 8461 section 2. */
	    || (published && a->level == TLS_LEVEL_DANE_ONLY &&
		b->level == TLS_LEVEL_SECURE)) {
		out->level = TLS_LEVEL_DANE_ONLY;
		return NULL;
	}
	if (a->level == b->level && a->level == TLS_LEVEL_SECURE) {
		out->level = TLS_LEVEL_SECURE;
		return matchnames_common(&a->match, &b->match, a->host, false,
		    &out->match) ? NULL : "no name is in both lists";
	}
	if (a->level == b->level && a->level == TLS_LEVEL_FINGERPRINT) {
		out->level = TLS_LEVEL_FINGERPRINT;
		return matchnames_common(&a->match, &b->match, a->host, true,
		    &out->match) ? NULL
				 : "no fingerprint is in both lists";
	}
	if (a->level == TLS_LEVEL_DANE_ONLY ||
	    b->level == TLS_LEVEL_DANE_ONLY ||
	    a->level == TLS_LEVEL_DANE || b->level == TLS_LEVEL_DANE)
		return "dane and a certificate's names or digests: "
		       "the rule needs dane = true";
	return "names and fingerprints together";
}

static const char *
tlsstrength_merge_levels(const struct tlspolicy *a, const struct tlspolicy *b,
    bool published, struct tlspolicy *out)
{
	/* A rule without peers is covered by the names of the other, so the
	 * other comes first. */
	const struct tlspolicy *first = a->any_proof ? b : a;
	const struct tlspolicy *second = a->any_proof ? a : b;

	if (tlsstrength_covers_level(first, second)) {
		tlsstrength_copy_level(first, out);
		return NULL;
	}
	if (tlsstrength_covers_level(second, first)) {
		tlsstrength_copy_level(second, out);
		return NULL;
	}
	return tlsstrength_join_levels(a, b, published, out);
}

/*
 * From 3.10.5 Postfix checks a server against the patterns and its MX name,
 * and no longer against `match` (FACTS 82), so names that a rule narrows have
 * to narrow the patterns too.
 */
static const char *
tlsstrength_merge_patterns(const struct tlspolicy *names,
    const struct tlspolicy *from, struct tlspolicy *out)
{
	struct matchnames common;

	if (from->patterns.n == 0 || from->level != TLS_LEVEL_SECURE ||
	    out->level != TLS_LEVEL_SECURE)
		return NULL;
	if (names->level != TLS_LEVEL_SECURE || names->any_proof) {
		common = from->patterns;
	} else if (!matchnames_common(&from->patterns, &names->match,
		       names->host, false, &common)) {
		return "no name is in both lists";
	}
	for (unsigned i = 0; i < common.n; i++) {
		struct slice token = common.list[i];

		/* A pattern is a name or "*.name". */
		if (matchname_is_word(token) || token.p[0] == '.')
			continue;
		if (!matchnames_add(&out->patterns, token))
			return "too many names";
	}
	return out->patterns.n > 0 ? NULL : "no name is in both lists";
}

static const char *
tlsstrength_merge_extras(const struct tlspolicy *from, struct tlspolicy *out)
{
	bool certified = out->level == TLS_LEVEL_SECURE;
	/* What describes a published policy would replace a rule's names. */
	bool published = !certified
	    ? from->level != TLS_LEVEL_SECURE
	    : from->level == TLS_LEVEL_SECURE;

	for (unsigned i = 0; i < from->extra_count; i++) {
		const struct extra *extra = &from->extras[i];
		const struct tls_attribute *known = extra->attribute;

		if ((known->published && !published) ||
		    (known->kind == TLS_ATTRIBUTE_TAFILE && !certified) ||
		    tlsstrength_has_extra(out, extra))
			continue;
		for (unsigned j = 0; j < out->extra_count; j++)
			if (known->once && out->extras[j].attribute == known)
				return "two values for one attribute";
		if (!tlspolicy_add_extra(known, extra->value, out))
			return "too many attributes";
	}
	return NULL;
}

const char *
tlsstrength_merge(const struct tlspolicy *a, const struct tlspolicy *b,
    bool published, struct tlspolicy *out)
{
	const char *problem;

	assert(out != a && out != b);
	tlspolicy_init(out, a->host);
	problem = tlsstrength_merge_levels(a, b, published, out);
	if (problem != NULL)
		return problem;
	out->grade = a->grade > b->grade ? a->grade : b->grade;
	out->protocols = a->protocols == 0 ? b->protocols
	    : b->protocols == 0 ? a->protocols
				: a->protocols & b->protocols;
	if (out->protocols == 0 && (a->protocols | b->protocols) != 0)
		return "no TLS version is in both lists";
	if ((problem = tlsstrength_merge_patterns(a, b, out)) != NULL ||
	    (problem = tlsstrength_merge_patterns(b, a, out)) != NULL)
		return problem;
	if ((problem = tlsstrength_merge_extras(a, out)) != NULL)
		return problem;
	return tlsstrength_merge_extras(b, out);
}
