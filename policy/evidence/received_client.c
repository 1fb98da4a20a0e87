/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/received_shared.h"

/* "[192.0.2.1]", "[IPv6:2001:db8::1]". */
static bool
received_is_literal(struct slice s, struct netaddr *out)
{
	return s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']' &&
	    s.p[1] != '[' && netaddr_from(s, out);
}

/* The same, with or without ":port" after it. */
static bool
received_is_literal_port(struct slice s, struct netaddr *out)
{
	size_t end = slice_rfind(s, ']');
	struct slice port;
	long number;

	if (end >= s.n)
		return false;
	port = slice_from(s, end + 1);
	if (port.n > 0 &&
	    !(port.p[0] == ':' &&
		slice_int(slice_from(port, 1), 0, 65535, &number)))
		return false;
	return received_is_literal(slice_head(s, end + 1), out);
}

/* HELO or a name: in both cases the peer chose it. Postfix passes UTF-8 on, but
 * no quote (FACTS 65). */
static bool
received_take_host(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_WORD);

	if (token == NULL || token->quoted)
		return false;
	f->from = token->text;
	f->next++;
	return true;
}

/* A name that the MTA looked up: no address literal. */
static bool
received_take_name(struct received_parts *f)
{
	const struct token *token = received_see_word(f);

	return token != NULL && !received_has_any(token->text, "[]") &&
	    received_take_host(f);
}

/* Exim when it has no name for its client: the address. */
static bool
received_take_socket(struct received_parts *f)
{
	const struct token *token = received_see_word(f);
	struct netaddr client;

	if (token == NULL || !received_is_literal(token->text, &client))
		return false;
	f->client = client;
	return received_take_host(f);
}

/*
 * The TCP-info of RFC 5321 section 4.4: "name [address]" or "[address]", then
 * at most one comment of the MTA, as "(may be forged)". The name may be
 * "ident@name"; with brackets in it the address would be ambiguous.
 */
static bool
received_is_tcp_info(struct slice text, struct netaddr *out)
{
	struct slice rest = text, word;

	if (received_has_any(text, "\"\\") || !headerfield_word(&rest, &word))
		return false;
	if (word.p[0] != '[') {
		if (received_has_any(word, "[]()") ||
		    !headerfield_word(&rest, &word))
			return false;
	}
	rest = slice_trim(rest);
	if (rest.n > 0 &&
	    (rest.p[0] != '(' || rest.p[rest.n - 1] != ')' ||
		received_has_any(rest, "[]")))
		return false;
	return received_is_literal_port(word, out);
}

static bool
received_take_tcp(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct netaddr client;

	if (token == NULL || !received_is_tcp_info(token->text, &client))
		return false;
	f->client = client;
	f->next++;
	return true;
}

/* Sendmail for a client that sent no HELO: "(from name [address])". */
static bool
received_take_from_tcp(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct netaddr client;

	if (token == NULL || !slice_starts(token->text, SLICE("from ")) ||
	    !received_is_tcp_info(slice_from(token->text, 5), &client))
		return false;
	f->client = client;
	f->next++;
	return true;
}

/* Sendmail for sendmail(1): "(from user@host)". */
static bool
received_take_from_user(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice rest, word;

	if (token == NULL || !slice_starts(token->text, SLICE("from ")))
		return false;
	rest = slice_from(token->text, 5);
	if (!headerfield_word(&rest, &word) || rest.n > 0 ||
	    received_has_any(word, "[]()\"\\"))
		return false;
	f->next++;
	return true;
}

/* "(192.0.2.1)" or "([192.0.2.1])": Exchange, Cisco. */
static bool
received_take_address(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct netaddr client;

	if (token == NULL || !netaddr_from(token->text, &client))
		return false;
	f->client = client;
	f->next++;
	return true;
}

/* qmail: "(192.0.2.1)" or "(info@192.0.2.1)", where info is ident or login. */
static bool
received_take_qmail_address(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct netaddr client;
	size_t at;

	if (token == NULL || received_has_any(token->text, " \t\"\\()<>"))
		return false;
	at = slice_rfind(token->text, '@');
	if (!netaddr_from(at < token->text.n
		    ? slice_from(token->text, at + 1)
		    : token->text,
		&client))
		return false;
	f->client = client;
	f->next++;
	return true;
}

/* "(HELO name)". */
static bool
received_take_helo(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice rest, word;

	if (token == NULL || received_has_any(token->text, "\"\\()"))
		return false;
	rest = token->text;
	if (!headerfield_word(&rest, &word) ||
	    !(slice_eq(word, SLICE("HELO")) || slice_eq(word, SLICE("EHLO"))))
		return false;
	if (!headerfield_word(&rest, &word) || headerfield_word(&rest, &word))
		return false;
	f->next++;
	return true;
}

static bool
received_is_exim_word(struct slice s)
{
	return slice_starts(s, SLICE("helo=")) ||
	    slice_starts(s, SLICE("ident=")) ||
	    slice_starts(s, SLICE("port="));
}

/* Exim after SOCKET: "(helo=name)", "(port=25 helo=name)". */
static bool
received_take_exim_helo(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);

	if (token == NULL || !received_is_exim_word(token->text))
		return false;
	f->next++;
	return true;
}

/* Exim after NAME: "([address]:port helo=name ident=user)". */
static bool
received_take_exim_address(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);
	struct slice rest, word;
	struct netaddr client;

	if (token == NULL)
		return false;
	rest = token->text;
	if (!headerfield_word(&rest, &word) ||
	    !received_is_literal_port(word, &client))
		return false;
	rest = slice_trim(rest);
	if (rest.n > 0 && !received_is_exim_word(rest))
		return false;
	f->client = client;
	f->next++;
	return true;
}

/* A login. It must not hold parentheses or quotes, which could close this
 * comment and open another. */
static bool
received_take_login(struct received_parts *f)
{
	const struct token *token = received_see(f, TOKEN_COMMENT);

	if (token == NULL || received_has_any(token->text, "\"\\()") ||
	    !(slice_starts(token->text, SLICE("Authenticated sender: ")) ||
		slice_starts(token->text, SLICE("authenticated"))))
		return false;
	f->next++;
	return true;
}

static const struct received_part parts[] = {
	{ "HOST", received_take_host },
	{ "NAME", received_take_name },
	{ "SOCKET", received_take_socket },
	{ "TCP", received_take_tcp },
	{ "FROM-TCP", received_take_from_tcp },
	{ "FROM-USER", received_take_from_user },
	{ "ADDRESS", received_take_address },
	{ "QMAIL-ADDRESS", received_take_qmail_address },
	{ "HELO", received_take_helo },
	{ "EXIM-HELO", received_take_exim_helo },
	{ "EXIM-ADDRESS", received_take_exim_address },
	{ "LOGIN", received_take_login },
};

const struct received_part *
received_client_part(struct slice name)
{
	return received_part_in(parts, COUNT_OF(parts), name);
}
