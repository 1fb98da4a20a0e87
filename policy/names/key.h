/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key - what finds a row of the table, in its one spelling
 *
 *     domain    bank.example
 *     suffix    .bank.example (every sub-domain, not the name itself)
 *     any       *
 *     literal   [192.0.2.1] or [2001:db8::1]
 *     next hop  [host], [host]:port, host:port or any other text that Postfix
 *               routes to (unix:private/dovecot-lmtp)
 *     address   local@domain
 *     service   "service NAME", which finds no mail: who connects does
 */
#ifndef POLICY_NAMES_KEY_H
#define POLICY_NAMES_KEY_H

#include "policy/base/err.h"
#include "policy/base/limits.h"
#include "policy/base/slice.h"

enum key_kind {
	KEY_NONE,
	KEY_DOMAIN,
	KEY_SUFFIX,
	KEY_ANY,
	KEY_LITERAL,
	KEY_NEXTHOP,
	KEY_ADDRESS,
	KEY_SERVICE
};

struct key {
	enum key_kind kind;
	unsigned short n;
	char text[LIMIT_PATH + 1];      /* n octets, then NUL */
};

/* The name of a kind for messages: "domain", "sub-domains", ... */
const char *key_kind_name(enum key_kind kind);

/* The kind of a key that is normalised, as the table has it. */
enum key_kind key_kind_of(struct slice key);

/*
 * Reads a key as an administrator writes it among domains: any except a next
 * hop. An IP address needs no brackets, and may have "IPv6:" before it. Blanks
 * around a key are taken off. Returns -1 for any other text; the error shows
 * what to write instead, as ".name" for "*.name", and "next_hops" for
 * "[host]:port".
 */
int key_from_domain(struct slice raw, struct key *out, struct err *e);
/*
 * Reads a next hop as Postfix writes it in transport_maps and relayhost:
 * "[host]:port", "[host]", "host:port", "host", or any other text, which is
 * compared as it is. The host becomes A-labels, or a canonical address in
 * brackets; "host:" becomes "host". A port has one spelling: the services of
 * mail (smtp, submission, submissions and their aliases) become numbers, any
 * other service becomes lower-case. "[host]" and "[host]:25" are two keys,
 * because the default port depends on the transport.
 *
 * A leading "inet:" is taken off: lmtp(8) writes it in routes and leaves it
 * out when it asks for a TLS policy. A leading "unix:" is not: Postfix then
 * asks with the path alone (FACTS 72), so the path is a key of its own.
 *
 * A bare host gives the same key as the domain (KEY_DOMAIN), a bare address the
 * same as the literal (KEY_LITERAL): Postfix asks for both with one text.
 *
 * Returns -1 for a text that belongs somewhere else; the error shows where.
 */
int key_from_nexthop(struct slice raw, struct key *out, struct err *e);

static inline struct slice
key_slice(const struct key *k)
{
	return (struct slice){ k->text, k->n };
}

/*
 * The host of a next hop as a key among domains, KEY_DOMAIN or KEY_LITERAL:
 * normalised, without brackets and port. false when raw has no host, as
 * "unix:private/lmtp" or an error text. *in_brackets: the MTA looks up no MX,
 * which is true for every address. Writes both only on true.
 */
bool key_nexthop_host(struct slice raw, struct key *host, bool *in_brackets);

/* The key of the service called name. false, *out being empty, when it is too
 * long for a key. */
bool key_of_service(struct slice name, struct key *out);

/* The name of service i, from 0, that a next hop may have in place of port, a
 * number; NULL: there are no more. */
const char *key_service(struct slice port, unsigned i);
#endif
