/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/outbound/tlspolicy.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

/*
 * An attribute that a Postfix does not know makes the whole answer invalid, and
 * the mail waits (FACTS 78, 79). Those that describe a published policy are of
 * no use without policy_type.
 */
static const struct tls_attribute attributes[] = {
	{ "match", TLS_ATTRIBUTE_MATCH, 211, false, false },
	{ "ciphers", TLS_ATTRIBUTE_CIPHERS, 211, true, false },
	{ "protocols", TLS_ATTRIBUTE_PROTOCOLS, 211, true, false },
	{ "exclude", TLS_ATTRIBUTE_EXCLUDE, 211, true, false },
	{ "tafile", TLS_ATTRIBUTE_TAFILE, 211, false, false },
	{ "servername", TLS_ATTRIBUTE_SERVERNAME, 304, true, false },
	{ "connection_reuse", TLS_ATTRIBUTE_OTHER, 304, true, false },
	{ "enable_rpk", TLS_ATTRIBUTE_OTHER, 309, true, false },
	{ "policy_type", TLS_ATTRIBUTE_POLICY_TYPE, 310, true, true },
	{ "policy_domain", TLS_ATTRIBUTE_OTHER, 310, true, true },
	{ "policy_string", TLS_ATTRIBUTE_OTHER, 310, false, true },
	{ "policy_failure", TLS_ATTRIBUTE_OTHER, 310, true, true },
	{ "policy_ttl", TLS_ATTRIBUTE_OTHER, 310, true, true },
	{ "mx_host_pattern", TLS_ATTRIBUTE_MX_PATTERN, 310, false, true },
};

enum { ATTRIBUTES = COUNT_OF(attributes) };

static_assert(COUNT_OF(attributes) <= 32, "one bit each in an unsigned");

/* The first Postfix with "protocols=>=TLSv1.2"; older ones can only exclude
 * versions (FACTS 79). */
enum { SINCE_LOWEST_PROTOCOL = 306 };

static const struct {
	const char *name;
	enum tls_level level;
} levels[] = {
	{ "none", TLS_LEVEL_NONE },
	{ "may", TLS_LEVEL_MAY },
	{ "dane", TLS_LEVEL_DANE },
	{ "encrypt", TLS_LEVEL_ENCRYPT },
	{ "secure", TLS_LEVEL_SECURE },
	{ "verify", TLS_LEVEL_SECURE },
	{ "fingerprint", TLS_LEVEL_FINGERPRINT },
	{ "dane-only", TLS_LEVEL_DANE_ONLY },
};

static const struct {
	const char *name;
	enum tls_version version;
} protocols[] = {
	{ "SSLv2", TLS_SSL2 },
	{ "SSLv3", TLS_SSL3 },
	{ "TLSv1", TLS_1_0 },
	{ "TLSv1.1", TLS_1_1 },
	{ "TLSv1.2", TLS_1_2 },
	{ "TLSv1.3", TLS_1_3 },
};

enum { PROTOCOLS = COUNT_OF(protocols) };

/* Postfix's words for grades; those below medium demand nothing. */
static const struct {
	const char *name;
	enum grade grade;
} grades[] = {
	{ "high", GRADE_HIGH },
	{ "medium", GRADE_MEDIUM },
	{ "low", GRADE_NONE },
	{ "export", GRADE_NONE },
	{ "null", GRADE_NONE },
};

static const char *
tlspolicy_level_name(enum tls_level level)
{
	for (size_t i = 0; i < COUNT_OF(levels); i++)
		if (levels[i].level == level)
			return levels[i].name;
	return NULL;
}

void
tlspolicy_init(struct tlspolicy *p, struct slice host)
{
	p->level = TLS_LEVEL_UNSET;
	p->any_proof = false;
	p->host = host;
	p->match.n = 0;
	p->patterns.n = 0;
	p->protocols = 0;
	p->grade = GRADE_NONE;
	p->extra_count = 0;
}

static bool
tlspolicy_is_separator(char c)
{
	return c == ' ' || c == ',' || c == '\t' || c == '\r' || c == '\n';
}

/* Cuts the next word, or the text in one pair of braces, off *rest. false when
 * there is no more; *bad is set when the braces do not pair. */
static bool
tlspolicy_next_word(struct slice *rest, struct slice *word, bool *bad)
{
	size_t n = 0;

	while (rest->n > 0 && tlspolicy_is_separator(rest->p[0]))
		*rest = slice_from(*rest, 1);
	if (rest->n == 0)
		return false;
	if (rest->p[0] == '{') {
		n = slice_find(*rest, '}');
		*word = slice_from(slice_head(*rest, n), 1);
		if (n == rest->n || slice_find(*word, '{') < word->n)
			*bad = true;
		*rest = slice_from(*rest, n + 1);
		*word = slice_trim(*word);
		return true;
	}
	while (n < rest->n && !tlspolicy_is_separator(rest->p[n]))
		n++;
	*word = slice_head(*rest, n);
	*rest = slice_from(*rest, n);
	if (slice_find(*word, '{') < word->n ||
	    slice_find(*word, '}') < word->n)
		*bad = true;
	return true;
}

/* Without control characters, so that it cannot break a line anywhere. */
static bool
tlspolicy_is_clean(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
			return false;
	return text.n > 0 && text.n <= LIMIT_POLICY_TEXT;
}

static bool
tlspolicy_split_tokens(struct slice value, char separator,
    struct matchnames *out)
{
	struct slice token;

	while (slice_next(&value, separator, &token)) {
		token = slice_trim(token);
		if (token.n == 0 || !matchnames_add(out, token))
			return false;
	}
	return out->n > 0;
}

static bool
tlspolicy_protocol_bit(struct slice word, unsigned *bit)
{
	for (unsigned i = 0; i < PROTOCOLS; i++)
		if (slice_ieq(word, slice_of(protocols[i].name))) {
			*bit = 1u << i;
			return true;
		}
	return false;
}

unsigned
tlspolicy_protocols(enum tls_version lowest)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < PROTOCOLS; i++)
		if (lowest != TLS_NONE && protocols[i].version >= lowest)
			mask |= 1u << i;
	return mask;
}

static bool
tlspolicy_read_protocols(struct slice value, unsigned *out)
{
	unsigned wanted = 0, allowed = TLSPOLICY_EVERY, bit;
	struct slice word;

	while (value.n > 0 && slice_next(&value, ':', &word)) {
		bool not = word.n > 0 && word.p[0] == '!';
		bool least = slice_starts(word, SLICE(">="));
		bool most = slice_starts(word, SLICE("<="));

		word = slice_from(word, least || most ? 2 : not ? 1 : 0);
		if (!tlspolicy_protocol_bit(word, &bit))
			return false;
		if (not)
			allowed &= ~bit;
		else if (least)
			allowed &= ~(bit - 1);
		else if (most)
			allowed &= bit | (bit - 1);
		else
			wanted |= bit;
	}
	if (wanted != 0)
		allowed &= wanted;
	*out = allowed;
	return allowed != 0;
}

static bool
tlspolicy_read_grade(struct slice value, enum grade *out)
{
	for (size_t i = 0; i < COUNT_OF(grades); i++)
		if (slice_ieq(value, slice_of(grades[i].name))) {
			*out = grades[i].grade;
			return true;
		}
	return false;
}

/* Hexadecimal digits, with colons or without. */
static bool
tlspolicy_is_digest(struct slice s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ':')
			continue;
		if (memchr("0123456789abcdefABCDEF", s.p[i], 22) == NULL)
			return false;
		digits++;
	}
	return digits > 0;
}

static bool
tlspolicy_read_match(struct slice value, struct tlspolicy *out)
{
	if (out->level == TLS_LEVEL_SECURE)
		return tlspolicy_split_tokens(value, ':', &out->match);
	if (out->level != TLS_LEVEL_FINGERPRINT ||
	    !tlspolicy_split_tokens(value, '|', &out->match))
		return false;
	for (unsigned i = 0; i < out->match.n; i++)
		if (!tlspolicy_is_digest(out->match.list[i]))
			return false;
	return true;
}

bool
tlspolicy_add_extra(const struct tls_attribute *attribute, struct slice value,
    struct tlspolicy *out)
{
	assert(attribute != NULL && out->extra_count <= TLSPOLICY_EXTRAS);
	if (out->extra_count == TLSPOLICY_EXTRAS)
		return false;
	out->extras[out->extra_count++] = (struct extra){ attribute, value };
	return true;
}

bool
tlspolicy_add_server_name(struct slice name, struct tlspolicy *out)
{
	const struct tls_attribute *attribute = attributes;

	for (unsigned i = 0; i < out->extra_count; i++)
		if (out->extras[i].attribute->kind == TLS_ATTRIBUTE_SERVERNAME)
			return true;
	while (attribute->kind != TLS_ATTRIBUTE_SERVERNAME)
		attribute++;
	return tlspolicy_add_extra(attribute, name, out);
}

static bool
tlspolicy_read_attribute(unsigned i, struct slice value, struct tlspolicy *out)
{
	switch (attributes[i].kind) {
	case TLS_ATTRIBUTE_MATCH:
		return tlspolicy_read_match(value, out);
	case TLS_ATTRIBUTE_CIPHERS:
		return tlspolicy_read_grade(value, &out->grade);
	case TLS_ATTRIBUTE_PROTOCOLS:
		return tlspolicy_read_protocols(value, &out->protocols);
	case TLS_ATTRIBUTE_MX_PATTERN:
		return value.n > 0 && matchnames_add(&out->patterns, value);
	case TLS_ATTRIBUTE_TAFILE:
		return value.n > 0 && out->level == TLS_LEVEL_SECURE &&
		    tlspolicy_add_extra(&attributes[i], value, out);
	case TLS_ATTRIBUTE_POLICY_TYPE:
	case TLS_ATTRIBUTE_EXCLUDE:
	case TLS_ATTRIBUTE_SERVERNAME:
	case TLS_ATTRIBUTE_OTHER:
		return tlspolicy_add_extra(&attributes[i], value, out);
	}
	return false;
}

static bool
tlspolicy_attribute_from(struct slice name, unsigned *out)
{
	for (unsigned i = 0; i < ATTRIBUTES; i++)
		if (slice_ieq(name, slice_of(attributes[i].name))) {
			*out = i;
			return true;
		}
	return false;
}

static bool
tlspolicy_read_pair(struct slice word, unsigned *seen, struct tlspolicy *out)
{
	size_t at = slice_find(word, '=');
	struct slice value = slice_trim(slice_from(word, at + 1));
	bool blanks = false;
	unsigned i;

	if (at == word.n ||
	    !tlspolicy_attribute_from(slice_trim(slice_head(word, at)), &i))
		return false;
	for (size_t j = 0; j < value.n; j++)
		blanks |= tlspolicy_is_separator(value.p[j]);
	/* A Postfix without these attributes has no form with braces
	 * (FACTS 80). */
	if (blanks && !attributes[i].published)
		return false;
	if (attributes[i].once && (*seen & 1u << i) != 0)
		return false;
	*seen |= 1u << i;
	return tlspolicy_read_attribute(i, value, out);
}

static bool
tlspolicy_read_level(struct slice word, struct tlspolicy *out)
{
	for (size_t i = 0; i < COUNT_OF(levels); i++)
		if (slice_ieq(word, slice_of(levels[i].name))) {
			out->level = levels[i].level;
			return true;
		}
	return false;
}

/* Checks the text as a whole as Postfix does, and sets the names that Postfix
 * uses when there are none. */
static bool
tlspolicy_complete(struct slice level, unsigned seen, struct tlspolicy *out)
{
	bool typed = false, published = false;

	for (unsigned i = 0; i < ATTRIBUTES; i++) {
		bool here = (seen & 1u << i) != 0;

		typed |= here &&
		    attributes[i].kind == TLS_ATTRIBUTE_POLICY_TYPE;
		published |= here && attributes[i].published;
	}
	if (published && !typed)
		return false;
	if (out->level == TLS_LEVEL_FINGERPRINT)
		return out->match.n > 0;
	if (out->level != TLS_LEVEL_SECURE || out->match.n > 0)
		return true;
	if (slice_ieq(level, SLICE("verify")))
		return matchnames_add(&out->match, SLICE("hostname"));
	return matchnames_add(&out->match, SLICE("nexthop")) &&
	    matchnames_add(&out->match, SLICE("dot-nexthop"));
}

bool
tlspolicy_parse(struct slice text, struct slice host, struct tlspolicy *out)
{
	struct slice word, level;
	bool bad = false;
	unsigned seen = 0;

	tlspolicy_init(out, host);
	if (!tlspolicy_is_clean(text) ||
	    !tlspolicy_next_word(&text, &level, &bad) || bad ||
	    !tlspolicy_read_level(level, out))
		return false;
	/* Postfix itself ignores what follows "none" (FACTS 81). */
	if (out->level == TLS_LEVEL_NONE)
		return true;
	while (tlspolicy_next_word(&text, &word, &bad))
		if (bad || !tlspolicy_read_pair(word, &seen, out))
			return false;
	return tlspolicy_complete(level, seen, out);
}

static void
tlspolicy_put_attribute(struct text *t, const char *name, struct slice value)
{
	bool braces = false;

	for (size_t i = 0; i < value.n; i++)
		braces |= tlspolicy_is_separator(value.p[i]);
	text_slice(t, braces ? SLICE(" { ") : SLICE(" "));
	text_slice(t, slice_of(name));
	text_slice(t, braces ? SLICE(" = ") : SLICE("="));
	text_slice(t, value);
	if (braces)
		text_slice(t, SLICE(" }"));
}

/* "sha256:ab12" as Postfix before 3.6 compares it: AB:12. */
static void
tlspolicy_put_digest(struct text *t, struct slice digest)
{
	size_t digits = 0;

	if (!slice_starts(digest, SLICE("sha256:"))) {
		text_slice(t, digest);
		return;
	}
	for (size_t i = 7; i < digest.n; i++, digits++) {
		char c = digest.p[i];

		if (digits > 0 && digits % 2 == 0)
			text_byte(t, ':');
		if (c >= 'a' && c <= 'f')
			c = (char)(c - 'a' + 'A');
		text_byte(t, c);
	}
}

static void
tlspolicy_put_match(struct text *t, const struct tlspolicy *p)
{
	bool digests = p->level == TLS_LEVEL_FINGERPRINT;

	if (p->match.n == 0)
		return;
	text_slice(t, SLICE(" match="));
	for (unsigned i = 0; i < p->match.n; i++) {
		if (i > 0)
			text_slice(t, digests ? SLICE("|") : SLICE(":"));
		if (digests)
			tlspolicy_put_digest(t, p->match.list[i]);
		else
			text_slice(t, p->match.list[i]);
	}
}

/* Whether the allowed versions are lowest and all newer ones. */
static bool
tlspolicy_is_floor(unsigned allowed, unsigned lowest)
{
	return (allowed | (lowest - 1)) == TLSPOLICY_EVERY;
}

static void
tlspolicy_put_protocols(struct text *t, unsigned allowed, int version)
{
	unsigned lowest = allowed & (~allowed + 1);
	bool floor = version >= SINCE_LOWEST_PROTOCOL &&
	    tlspolicy_is_floor(allowed, lowest);
	bool first = true;

	if (allowed == 0 || allowed == TLSPOLICY_EVERY)
		return;
	text_slice(t, SLICE(" protocols="));
	for (unsigned i = 0; i < PROTOCOLS; i++) {
		if (floor ? 1u << i != lowest : (allowed & 1u << i) != 0)
			continue;
		text_slice(t, floor ? SLICE(">=")
			: first	    ? SLICE("!")
				    : SLICE(":!"));
		text_slice(t, slice_of(protocols[i].name));
		first = false;
	}
}

static void
tlspolicy_put_extras(struct text *t, const struct tlspolicy *p, int version)
{
	assert(p->extra_count <= TLSPOLICY_EXTRAS);
	for (unsigned i = 0; i < p->extra_count; i++) {
		const struct tls_attribute *known = p->extras[i].attribute;

		if (known->since <= version)
			tlspolicy_put_attribute(t, known->name,
			    p->extras[i].value);
	}
	for (unsigned i = 0; i < ATTRIBUTES; i++) {
		if (attributes[i].kind != TLS_ATTRIBUTE_MX_PATTERN ||
		    attributes[i].since > version)
			continue;
		for (unsigned j = 0; j < p->patterns.n; j++)
			tlspolicy_put_attribute(t, attributes[i].name,
			    p->patterns.list[j]);
	}
}

size_t
tlspolicy_write(const struct tlspolicy *policy, int version, char *out,
    size_t size)
{
	const char *level = tlspolicy_level_name(policy->level);
	struct text t;

	assert(size > 0);
	if (level == NULL || policy->level == TLS_LEVEL_NONE)
		return 0;
	if ((policy->level == TLS_LEVEL_SECURE ||
		policy->level == TLS_LEVEL_FINGERPRINT) &&
	    policy->match.n == 0)
		return 0;
	text_init(&t, out, size);
	text_slice(&t, slice_of(level));
	tlspolicy_put_match(&t, policy);
	if (policy->grade != GRADE_NONE)
		tlspolicy_put_attribute(&t, "ciphers",
		    slice_of(grade_name(policy->grade)));
	tlspolicy_put_protocols(&t, policy->protocols, version);
	tlspolicy_put_extras(&t, policy, version);
	return t.cut ? 0 : text_length(&t);
}
