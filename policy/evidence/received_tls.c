/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/evidence/received_shared.h"

/* Whether a suite with this name encrypts nothing. */
static bool
received_is_no_cipher(struct slice cipher)
{
	static const char *const words[] = { "NULL", "eNULL", "NONE", "0" };
	struct slice word;
	size_t start = 0;

	for (size_t i = 0; i <= cipher.n; i++) {
		if (i < cipher.n && cipher.p[i] != '-' && cipher.p[i] != '_')
			continue;
		word = slice_head(slice_from(cipher, start), i - start);
		for (size_t k = 0; k < COUNT_OF(words); k++)
			if (slice_ieq(slice_of(words[k]), word))
				return true;
		start = i + 1;
	}
	return false;
}

/* The MTA wrote that there was TLS; version and cipher may be absent. */
static void
received_set_tls(struct received_parts *f, struct slice version,
    struct slice cipher, long bits)
{
	assert(bits >= 0 && bits <= 65535);
	f->marked = true;
	if (version.p != NULL && !slice_istarts(version, SLICE("TLS")) &&
	    !slice_istarts(version, SLICE("SSL")))
		f->doubtful = true;
	if (cipher.p != NULL && received_is_no_cipher(cipher))
		f->doubtful = true;
	f->version = version;
	f->cipher = cipher;
	f->bits = (int)bits;
}

static bool
received_is_suite_word(struct slice s)
{
	return received_made_of(s, "-_.:+/");
}

/* "256" or "256/256": the bits used, and those of the algorithm. */
static bool
received_is_bits(struct slice s, long *out)
{
	size_t slash = slice_find(s, '/');
	long all;

	if (slash < s.n && !slice_int(slice_from(s, slash + 1), 0, 65535, &all))
		return false;
	return slice_int(slice_head(s, slash), 0, 65535, out);
}

/* Postfix, Stalwart: "(using TLSv1.3 with cipher NAME (256/256 bits) ...)". */
static bool
received_take_using(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice rest, word[5], bits;
	long number = 0;

	if (token == NULL || received_has_any(token->text, "\"\\"))
		return false;
	rest = token->text;
	for (size_t i = 0; i < COUNT_OF(word); i++)
		if (!headerfield_word(&rest, &word[i]))
			return false;
	if (!slice_eq(word[0], SLICE("using")) ||
	    !slice_eq(word[2], SLICE("with")) ||
	    !slice_eq(word[3], SLICE("cipher")) ||
	    !received_is_suite_word(word[1]) ||
	    !received_is_suite_word(word[4]))
		return false;
	rest = slice_trim(rest);
	if (rest.n > 0 && rest.p[0] != '(')
		return false;
	if (headerfield_word(&rest, &bits) &&
	    !received_is_bits(slice_from(bits, 1), &number))
		number = 0;
	received_set_tls(f, word[1], word[4], number);
	f->next++;
	return true;
}

/* Mimecast's older "(Using TLS)". */
static bool
received_take_using_tls(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);

	if (token == NULL || !slice_ieq(token->text, SLICE("Using TLS")))
		return false;
	received_set_tls(f, SLICE_NONE, SLICE_NONE, 0);
	f->next++;
	return true;
}

/* Cuts s at the only separator in it; false when there is none, or more. */
static bool
received_cut_at(struct slice s, struct slice separator, struct slice *a,
    struct slice *b)
{
	size_t found = s.n, count = 0;

	for (size_t i = 0; i + separator.n <= s.n; i++)
		if (slice_starts(slice_from(s, i), separator)) {
			found = i;
			count++;
		}
	if (count != 1)
		return false;
	*a = slice_head(s, found);
	*b = slice_from(s, found + separator.n);
	return true;
}

/*
 * Postfix: 'Client CN "a", Issuer "b" (verified OK)'. Both names come from the
 * certificate, and a CN may hold all of this text, with parentheses that match,
 * so only the end counts. Postfix writes "?" for characters that it does not
 * show, and names with quotes could be cut in two ways: neither is an identity.
 */
static bool
received_read_names(struct received_parts *f, struct slice text)
{
	struct slice names, peer, issuer;

	names = received_between(text, SLICE("Client CN \""),
	    SLICE("\" (not verified)"));
	if (names.p != NULL) {
		f->verified = PROOF_ABSENT;
		return true;
	}
	names = received_between(text, SLICE("Client CN \""),
	    SLICE("\" (verified OK)"));
	if (names.p == NULL)
		return false;
	if (!received_cut_at(names, SLICE("\", Issuer \""), &peer, &issuer) ||
	    received_has_any(peer, "\"\\") ||
	    received_has_any(issuer, "\"\\")) {
		f->verified = PROOF_UNKNOWN;
		return true;
	}
	f->verified = PROOF_PRESENT;
	if (!received_has_any(peer, "?"))
		f->peer = peer;
	if (!received_has_any(issuer, "?"))
		f->issuer = issuer;
	return true;
}

static bool
received_take_client(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);

	if (token == NULL)
		return false;
	if (slice_eq(token->text,
		SLICE("Client did not present a certificate")) ||
	    slice_eq(token->text, SLICE("No client certificate requested")))
		f->verified = PROOF_ABSENT;
	else if (!received_read_names(f, token->text))
		return false;
	f->next++;
	return true;
}

/* Sendmail's words for {verify}, and OpenSMTPD's. */
static enum proof
received_verify_word(struct slice word)
{
	static const char *const no[] = { "NO", "NOT", "FAIL" };

	if (slice_eq(word, SLICE("OK")) || slice_eq(word, SLICE("YES")))
		return PROOF_PRESENT;
	for (size_t i = 0; i < COUNT_OF(no); i++)
		if (slice_eq(slice_of(no[i]), word))
			return PROOF_ABSENT;
	return PROOF_UNKNOWN;
}

enum { SUITE_VERSION, SUITE_CIPHER, SUITE_BITS, SUITE_VERIFY, SUITE_COUNT };

/* "key=value", each key once. */
static bool
received_read_pair(struct slice pair, struct slice values[SUITE_COUNT])
{
	static const char *const keys[SUITE_COUNT] = { "version", "cipher",
		"bits", "verify" };
	size_t equals = slice_find(pair, '=');

	for (size_t i = 0; i < SUITE_COUNT; i++) {
		if (!slice_ieq(slice_head(pair, equals), slice_of(keys[i])))
			continue;
		if (values[i].p != NULL || equals == pair.n)
			return false;
		values[i] = slice_from(pair, equals + 1);
		return received_is_suite_word(values[i]);
	}
	return false;
}

/* Sendmail, Exchange, Google: "(version=TLSv1.3 cipher=NAME bits=256
 * verify=NO)", with or without commas. */
static bool
received_take_suite(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice values[SUITE_COUNT] = { SLICE_NONE };
	struct slice rest, pair;
	long bits = 0;

	if (token == NULL || !slice_istarts(token->text, SLICE("version=")))
		return false;
	rest = token->text;
	while (headerfield_word(&rest, &pair)) {
		if (slice_ends(pair, SLICE(",")))
			pair.n--;
		if (!received_read_pair(pair, values))
			return false;
	}
	if (values[SUITE_BITS].p != NULL &&
	    !received_is_bits(values[SUITE_BITS], &bits))
		return false;
	received_set_tls(f, values[SUITE_VERSION], values[SUITE_CIPHER], bits);
	if (values[SUITE_VERIFY].p != NULL)
		f->verified = received_verify_word(values[SUITE_VERIFY]);
	f->next++;
	return true;
}

/* Sendmail's own: "(version=TLSv1.3 cipher=NAME bits=256 verify=NO)", all four,
 * in this order. */
static bool
received_take_full_suite(struct received_parts *f)
{
	static const char *const keys[] = { "version=", "cipher=", "bits=",
		"verify=" };
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice rest, pair;

	if (token == NULL)
		return false;
	rest = token->text;
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (!headerfield_word(&rest, &pair) ||
		    !slice_starts(pair, slice_of(keys[i])))
			return false;
	return slice_trim(rest).n == 0 && received_take_suite(f);
}

/* Exchange without details: "(TLS)". */
static bool
received_take_tls_comment(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);

	if (token == NULL || !slice_eq(token->text, SLICE("TLS")))
		return false;
	received_set_tls(f, SLICE_NONE, SLICE_NONE, 0);
	f->next++;
	return true;
}

/* Cuts "a:b:c" into at most n parts. Returns how many there are, 0 when there
 * are more, or one is no word of a suite. */
static size_t
received_cut_colons(struct slice s, struct slice *parts, size_t n)
{
	size_t count = 0;

	assert(n > 0);
	while (slice_next(&s, ':', &parts[count])) {
		if (!received_is_suite_word(parts[count]))
			return 0;
		if (++count == n)
			return s.p == NULL ? count : 0;
	}
	return count;
}

/* OpenSMTPD: "(TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO)". */
static bool
received_take_opensmtpd(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice part[4];
	long bits;

	if (token == NULL || received_cut_colons(token->text, part, 4) != 4 ||
	    !received_is_bits(part[2], &bits))
		return false;
	received_set_tls(f, part[0], part[1], bits);
	f->verified = received_verify_word(part[3]);
	f->next++;
	return true;
}

/* Exim: "(TLS1.3)", before 4.93 "(TLS1.3:NAME:256)". */
static bool
received_take_exim_tls(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice part[3] = { SLICE_NONE };
	size_t count;
	long bits = 0;

	if (token == NULL || !slice_istarts(token->text, SLICE("TLS")))
		return false;
	count = received_cut_colons(token->text, part, 3);
	if (count == 0 || (count == 3 && !received_is_bits(part[2], &bits)))
		return false;
	received_set_tls(f, part[0], part[1], bits);
	f->next++;
	return true;
}

/* The word after "tls": RFC 8314 section 4.3. */
static bool
received_take_cipher(struct received_parts *f)
{
	const struct token *token = received_see_word(f);

	if (token == NULL || !received_made_of(token->text, "-_"))
		return false;
	received_set_tls(f, f->version, token->text, f->bits);
	f->next++;
	return true;
}

static bool
received_take_group(struct received_parts *f)
{
	const struct token *token = received_see_word(f);

	if (token == NULL || !received_made_of(token->text, "-_."))
		return false;
	f->next++;
	return true;
}

/* qmail's patches and qpsmtpd: "(NAME encrypted)". */
static bool
received_take_encrypted(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice cipher;

	if (token == NULL)
		return false;
	cipher = received_between(token->text, SLICE(""), SLICE(" encrypted"));
	if (!received_made_of(cipher, "-_"))
		return false;
	received_set_tls(f, SLICE_NONE, cipher, 0);
	f->next++;
	return true;
}

/* Cisco: "ESMTP/TLS/NAME". */
static bool
received_take_cisco(struct received_parts *f)
{
	const struct token *token = received_see_word(f);
	struct slice cipher;

	if (token == NULL)
		return false;
	cipher = received_between(token->text, SLICE("ESMTP/TLS/"), SLICE(""));
	if (cipher.p == NULL)
		cipher = received_between(token->text, SLICE("SMTP/TLS/"),
		    SLICE(""));
	if (!received_made_of(cipher, "-_"))
		return false;
	f->with = token->text;
	received_set_tls(f, SLICE_NONE, cipher, 0);
	f->next++;
	return true;
}

static const struct received_part parts[] = {
	{ "USING", received_take_using },
	{ "USING-TLS", received_take_using_tls },
	{ "CLIENT", received_take_client },
	{ "SUITE", received_take_suite },
	{ "FULL-SUITE", received_take_full_suite },
	{ "TLS-COMMENT", received_take_tls_comment },
	{ "OPENSMTPD", received_take_opensmtpd },
	{ "EXIM-TLS", received_take_exim_tls },
	{ "CIPHER", received_take_cipher },
	{ "GROUP", received_take_group },
	{ "ENCRYPTED", received_take_encrypted },
	{ "CISCO", received_take_cisco },
};

const struct received_part *
received_tls_part(struct slice name)
{
	return received_part_in(parts, COUNT_OF(parts), name);
}
