/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key - what a row of the table is found by, in its one spelling
 *
 * domain "bank.example", suffix ".bank.example" (every sub-domain, not the
 * name itself), any "*", literal "[192.0.2.1]" or "[2001:db8::1]", next hop
 * "[host]:port" or "host:port" or any other text Postfix routes to
 * ("unix:private/dovecot-lmtp"), address "local@domain".
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
	KEY_ADDRESS
};

struct key {
	enum key_kind kind;
	unsigned short n;
	char text[LIMIT_PATH + 1];
};

/* Names of the kinds, for messages: "domain", "sub-domains", ... */
const char *key_kind_name(enum key_kind kind);

/*
 * Reads a key as an administrator writes it among domains: everything but a
 * next hop. Returns -1 and says what to write instead: "*.name" is an error
 * that tells the ".name" form, "[host]:port" one that tells next_hops.
 * An address is a literal with its brackets or without, as is "IPv6:" in
 * front of it. Blanks around a key are taken off.
 */
int key_from_domain(struct slice raw, struct key *out, struct err *e);
/*
 * Reads a next hop as Postfix writes it in transport_maps and relayhost:
 * "[host]:port", "[host]", "host:port", "host", or any other text, which is
 * compared literally. The host becomes A-labels or a canonical address, and
 * an address stands in brackets; "host:" is "host". A port has one spelling:
 * the services of mail (smtp, submission, submissions and their other names)
 * become numbers, any other service stays, in lower case. "[host]" and
 * "[host]:25" stay two keys: the default port is the transport's.
 *
 * "inet:" in front is taken off: lmtp(8) writes it in routes and leaves it
 * out when it asks for a TLS policy. "unix:path" stays; Postfix then asks
 * with the path alone (FACTS 72), so that form is a row of its own.
 *
 * A bare host is the same key as the domain (KEY_DOMAIN), a bare address as
 * the literal (KEY_LITERAL): Postfix asks for both with one text.
 */
int key_from_nexthop(struct slice raw, struct key *out, struct err *e);

static inline struct slice
key_slice(const struct key *k)
{
	return (struct slice){ k->text, k->n };
}

/*
 * The host of a next hop, brackets and port taken off and normalised, as a
 * key among domains: KEY_DOMAIN or KEY_LITERAL. false when raw has none, as
 * "unix:private/lmtp" or an error text. *in_brackets: no MX look-up was asked;
 * always so for an address.
 */
bool key_nexthop_host(struct slice raw, struct key *host, bool *in_brackets);
#endif
