/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/evidence/received_shared.h"

/* clang-format off */
static const struct {
	const char *word;
	struct protocol protocol;
} protocols[] = {
	/*                 known  tls    ext.   registered */
	{ "SMTP",        { true,  false, false, true } },
	{ "ESMTP",       { true,  false, true,  true } },
	{ "ESMTPA",      { true,  false, true,  true } },
	{ "ESMTPS",      { true,  true,  true,  true } },
	{ "ESMTPSA",     { true,  true,  true,  true } },
	{ "LMTP",        { true,  false, true,  true } },
	{ "LMTPA",       { true,  false, true,  true } },
	{ "LMTPS",       { true,  true,  true,  true } },
	{ "LMTPSA",      { true,  true,  true,  true } },
	{ "UTF8SMTP",    { true,  false, true,  true } },
	{ "UTF8SMTPA",   { true,  false, true,  true } },
	{ "UTF8SMTPS",   { true,  true,  true,  true } },
	{ "UTF8SMTPSA",  { true,  true,  true,  true } },
	{ "UTF8LMTP",    { true,  false, true,  true } },
	{ "UTF8LMTPA",   { true,  false, true,  true } },
	{ "UTF8LMTPS",   { true,  true,  true,  true } },
	{ "UTF8LMTPSA",  { true,  true,  true,  true } },
	/* Exim, OpenSMTPD and Haraka after HELO within TLS. */
	{ "SMTPS",       { true,  true,  false, false } },
	{ "SMTPSA",      { true,  true,  false, false } },
	{ "SMTPA",       { true,  false, false, false } },
	/* Exim's words for SMTPUTF8. */
	{ "UTF8ESMTP",   { true,  false, true,  false } },
	{ "UTF8ESMTPA",  { true,  false, true,  false } },
	{ "UTF8ESMTPS",  { true,  true,  true,  false } },
	{ "UTF8ESMTPSA", { true,  true,  true,  false } },
};
/* clang-format on */

static struct protocol
received_protocol_of(struct slice word)
{
	for (size_t i = 0; i < COUNT_OF(protocols); i++)
		if (slice_ieq(slice_of(protocols[i].word), word))
			return protocols[i].protocol;
	return (struct protocol){ .known = false };
}

const struct token *
received_see(const struct received_parts *f, enum token_kind kind)
{
	return f->next->kind == kind ? f->next : NULL;
}

const struct token *
received_see_word(const struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_WORD);

	if (token == NULL || token->quoted || token->not_ascii)
		return NULL;
	return token;
}

bool
received_made_of(struct slice s, const char *extra)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr(extra, c) != NULL))
			return false;
	}
	return s.n > 0;
}

bool
received_has_any(struct slice s, const char *bytes)
{
	for (; *bytes != '\0'; bytes++)
		if (slice_find(s, *bytes) < s.n)
			return true;
	return false;
}

struct slice
received_between(struct slice s, struct slice prefix, struct slice suffix)
{
	if (s.n < prefix.n + suffix.n || !slice_starts(s, prefix) ||
	    !slice_ends(s, suffix))
		return SLICE_NONE;
	return slice_head(slice_from(s, prefix.n), s.n - prefix.n - suffix.n);
}

static bool
received_take_by(struct received_parts *f)
{
	const struct token *token = received_see_word(f);

	if (token == NULL)
		return false;
	f->by = token->text;
	f->next++;
	return true;
}

/* A host below the provider's domain. */
static bool
received_take_by_under(struct received_parts *f, struct slice suffix)
{
	const struct token *token = received_see_word(f);
	size_t n = token == NULL ? 0 : token->text.n;

	if (n <= suffix.n ||
	    !slice_ieq(slice_from(token->text, n - suffix.n), suffix))
		return false;
	return received_take_by(f);
}

static bool
received_take_by_google(struct received_parts *f)
{
	return received_take_by_under(f, SLICE(".google.com")) ||
	    received_take_by_under(f, SLICE(".gmail.com"));
}

static bool
received_take_by_mimecast(struct received_parts *f)
{
	return received_take_by_under(f, SLICE(".mimecast.com"));
}

static bool
received_take_by_amazon(struct received_parts *f)
{
	return received_take_by_under(f, SLICE(".amazonaws.com"));
}

/* "(8.17.1.9/8.17.1.9)": the versions of the program and its configuration. */
static bool
received_take_sendmail(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);

	if (token == NULL || !slice_starts(token->text, SLICE("8.")) ||
	    !received_has_any(token->text, "/"))
		return false;
	f->next++;
	return true;
}

/* The comment of a program without a shape of its own. A program that has one
 * never writes the plain shape. */
static bool
received_take_other_program(struct received_parts *f)
{
	static const char *const known[] = { "Postfix", "8.", "PPS", "Exim",
		"OpenSMTPD", "Stalwart", "Haraka", "qpsmtpd", "RZmta",
		"Halon", "amavis" };
	const struct token *token = received_see(f, TOKEN_COMMENT);

	if (token == NULL)
		return false;
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (slice_istarts(token->text, slice_of(known[i])))
			return false;
	f->next++;
	return true;
}

/* Postfix for sendmail(1), under any mail_name: "(Postcow, from userid 0)". */
static bool
received_take_from_userid(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	size_t comma, blank;
	long number;

	if (token == NULL || received_has_any(token->text, "\"\\()"))
		return false;
	comma = slice_rfind(token->text, ',');
	blank = slice_rfind(token->text, ' ');
	if (comma == 0 || comma >= token->text.n || blank <= comma ||
	    !slice_eq(slice_head(slice_from(token->text, comma), blank - comma),
		SLICE(", from userid")) ||
	    !slice_int(slice_from(token->text, blank + 1), 0, 2147483647,
		&number))
		return false;
	return received_take_other_program(f);
}

static bool
received_take_comment(struct received_parts *f)
{
	if (received_see(f, TOKEN_COMMENT) == NULL)
		return false;
	f->next++;
	return true;
}

static bool
received_take_protocol(struct received_parts *f)
{
	const struct token *token = received_see_word(f);

	if (token == NULL)
		return false;
	f->with = token->text;
	f->protocol = received_protocol_of(token->text);
	f->next++;
	return true;
}

static bool
received_take_microsoft(struct received_parts *f)
{
	static const char *const words[] = { "Microsoft", "SMTP", "Server" };
	struct slice with = f->next->text;

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (f->next[i].kind != TOKEN_WORD ||
		    !slice_eq(f->next[i].text, slice_of(words[i])))
			return false;
	with.n = (size_t)(f->next[2].text.p - with.p) + f->next[2].text.n;
	f->with = with;
	f->next += COUNT_OF(words);
	return true;
}

/* What follows "via": "Frontend Transport", "Mailbox Transport". */
static bool
received_take_words(struct received_parts *f)
{
	if (received_see_word(f) == NULL)
		return false;
	while (received_see_word(f) != NULL)
		f->next++;
	return true;
}

static bool
received_take_id(struct received_parts *f)
{
	if (received_see_word(f) == NULL &&
	    received_see(f, TOKEN_ANGLE) == NULL)
		return false;
	f->id = f->next->text;
	f->next++;
	return true;
}

/* One recipient as the peer typed it: it may be quoted, or UTF-8. */
static bool
received_take_recipient(struct received_parts *f)
{
	if (received_see(f, TOKEN_WORD) == NULL &&
	    received_see(f, TOKEN_ANGLE) == NULL)
		return false;
	f->next++;
	return true;
}

static bool
received_take_angle(struct received_parts *f)
{
	if (received_see(f, TOKEN_ANGLE) == NULL)
		return false;
	f->next++;
	return true;
}

static bool
received_take_setting(struct received_parts *f, struct slice key)
{
	const struct token *token = received_see_word(f);

	if (token == NULL || !slice_starts(token->text, key))
		return false;
	f->next++;
	return true;
}

static bool
received_take_auth(struct received_parts *f)
{
	return received_take_setting(f, SLICE("auth="));
}

static bool
received_take_user(struct received_parts *f)
{
	return received_take_setting(f, SLICE("user="));
}

/* qmail-queue: "(qmail 123 invoked from network)". */
static bool
received_is_qmail(const struct received_parts *f, struct slice how, bool whole)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice rest, word;
	long number;

	if (token == NULL)
		return false;
	rest = token->text;
	if (!headerfield_word(&rest, &word) ||
	    !slice_eq(word, SLICE("qmail")) ||
	    !headerfield_word(&rest, &word) ||
	    !slice_int(word, 0, 2147483647, &number))
		return false;
	rest = slice_trim(rest);
	return whole ? slice_eq(rest, how) : slice_starts(rest, how);
}

static bool
received_take_qmail_network(struct received_parts *f)
{
	if (!received_is_qmail(f, SLICE("invoked from network"), true))
		return false;
	f->next++;
	return true;
}

static bool
received_take_qmail_local(struct received_parts *f)
{
	if (!received_is_qmail(f, SLICE("invoked "), false) ||
	    received_is_qmail(f, SLICE("invoked from network"), false))
		return false;
	f->next++;
	return true;
}

static bool
received_is_month(struct slice s)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
		"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	for (size_t i = 0; i < COUNT_OF(months); i++)
		if (slice_ieq(s, slice_of(months[i])))
			return true;
	return false;
}

static bool
received_is_time(struct slice s)
{
	static const long highest[] = { 23, 59, 60 };
	struct slice part;
	long number;
	size_t n = 0;

	while (slice_next(&s, ':', &part)) {
		if (n == COUNT_OF(highest) || part.n > 2 ||
		    !slice_int(part, 0, highest[n], &number))
			return false;
		n++;
	}
	return n >= 2;
}

static bool
received_is_zone(struct slice s)
{
	long number;

	if (s.n == 5 && (s.p[0] == '+' || s.p[0] == '-'))
		return slice_int(slice_from(s, 1), 0, 9999, &number);
	return s.n <= 5 && received_made_of(s, "");
}

/* "(UTC)", "(envelope-from a@b)". After a date that a HELO forged follows the
 * rest of the real field: this refuses a comment that could hold it. */
static bool
received_is_small_comment(struct slice text)
{
	return !received_has_any(text, "()[]\"\\;");
}

/*
 * "; Sat, 21 Nov 2026 10:00:00 +0000 (UTC)" and then the end. Any other text
 * may be the rest of a real field after an end that a peer forged.
 */
static bool
received_take_date(struct received_parts *f)
{
	const struct token *at = f->next;
	const struct token *first, *last;
	long number;

	if (at->kind != TOKEN_SEMICOLON)
		return false;
	first = ++at;
	if (at->kind == TOKEN_WORD && at->text.n == 4 &&
	    slice_ends(at->text, SLICE(",")))
		at++;
	for (size_t i = 0; i < 5; i++)
		if (at[i].kind != TOKEN_WORD || at[i].quoted ||
		    at[i].not_ascii)
			return false;
	if (!slice_int(at[0].text, 1, 31, &number) ||
	    !received_is_month(at[1].text) ||
	    !slice_int(at[2].text, 1970, 9999, &number) ||
	    !received_is_time(at[3].text) || !received_is_zone(at[4].text))
		return false;
	last = &at[4];
	for (at += 5; at->kind == TOKEN_COMMENT; at++)
		if (!received_is_small_comment(at->text))
			return false;
	if (at->kind != TOKEN_END)
		return false;
	f->date = (struct slice){ first->text.p,
		(size_t)(last->text.p - first->text.p) + last->text.n };
	f->next = at;
	return true;
}

static const struct received_part parts[] = {
	{ "BY", received_take_by },
	{ "BY-GOOGLE", received_take_by_google },
	{ "BY-MIMECAST", received_take_by_mimecast },
	{ "BY-AMAZON", received_take_by_amazon },
	{ "SENDMAIL", received_take_sendmail },
	{ "OTHER-PROGRAM", received_take_other_program },
	{ "FROM-USERID", received_take_from_userid },
	{ "COMMENT", received_take_comment },
	{ "PROTOCOL", received_take_protocol },
	{ "MICROSOFT", received_take_microsoft },
	{ "WORDS", received_take_words },
	{ "ID", received_take_id },
	{ "RECIPIENT", received_take_recipient },
	{ "ANGLE", received_take_angle },
	{ "AUTH", received_take_auth },
	{ "USER", received_take_user },
	{ "QMAIL-NETWORK", received_take_qmail_network },
	{ "QMAIL-LOCAL", received_take_qmail_local },
	{ "DATE", received_take_date },
};

const struct received_part *
received_part_in(const struct received_part *list, size_t count,
    struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(slice_of(list[i].name), name))
			return &list[i];
	return NULL;
}

/* A comment that matches name, as "(Exim_*)". */
static bool
received_take_literal_comment(struct received_parts *f, struct slice name)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice wanted = received_between(name, SLICE("("), SLICE(")"));
	bool is_prefix = slice_ends(wanted, SLICE("*"));

	assert(wanted.p != NULL);
	if (is_prefix)
		wanted.n--;
	if (token == NULL || token->text.n < wanted.n ||
	    (!is_prefix && token->text.n != wanted.n))
		return false;
	for (size_t i = 0; i < wanted.n; i++) {
		char c = wanted.p[i] == '_' ? ' ' : wanted.p[i];

		if (token->text.p[i] != c)
			return false;
	}
	f->next++;
	return true;
}

static bool
received_take_literal(struct received_parts *f, struct slice name)
{
	const struct token *token = received_see_word(f);

	if (token == NULL || !slice_ieq(token->text, name))
		return false;
	f->next++;
	return true;
}

static const struct received_part *
received_part_of(struct slice name)
{
	const struct received_part *part;

	part = received_part_in(parts, COUNT_OF(parts), name);
	if (part == NULL)
		part = received_client_part(name);
	if (part == NULL)
		part = received_tls_part(name);
	return part;
}

bool
received_take(struct received_parts *f, struct slice name)
{
	const struct received_part *part = received_part_of(name);
	const struct token *before = f->next;
	bool taken;

	assert(name.n > 0);
	if (part != NULL)
		taken = part->take(f);
	else if (slice_starts(name, SLICE("(")))
		taken = received_take_literal_comment(f, name);
	else
		taken = received_take_literal(f, name);
	assert(taken ? f->next > before : f->next == before);
	return taken;
}
