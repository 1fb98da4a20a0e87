/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_server - judges what Sendmail measured of a server it will use
 *
 * Postfix looks a policy up before it connects and applies it itself. Sendmail
 * looks a server up after STARTTLS, with what it measured in the key, and the
 * answer is whether that meets the rules (nexthop_judge()).
 */
#ifndef POLICY_OUTBOUND_SENDMAIL_SERVER_H
#define POLICY_OUTBOUND_SENDMAIL_SERVER_H

#include "policy/base/arena.h"
#include "policy/outbound/nexthop.h"

struct sendmail_server {
	struct nexthop hop;
	struct slice server;            /* as in the key, which it borrows */
	bool encrypted;                 /* the session has TLS */
	bool unlisted;                  /* the server was given by its address,
	                                 * and no row is about the mail: to be
	                                 * reported */
	size_t n;
	char text[256];                 /* "OK good", "OK wait REASON ..." */
};

/*
 * key is "DOMAIN/SERVER/VERIFY/VERSION/BITS/CIPHER/NAME/FINGERPRINT": the
 * recipient's domain, then Sendmail's macros {server_name}, {verify},
 * {tls_version}, {cipher_bits} and {cipher}; the name of the server if it is
 * among the alternative names of its certificate, or nothing; {cert_fp}. now
 * is in seconds since 1970. a is for the time of the call.
 */
void sendmail_server_judge(const struct policy *policy, struct slice key,
    int64_t now, struct arena *a, struct sendmail_server *out);

/*
 * Rewrites the answer for key to the one form that Sendmail's own `sts` map
 * reads: "OK secure match=NAME:.NAME servername=hostname". It has room for
 * names only; the rest of a demand is checked by sendmail_server_judge().
 */
void sendmail_server_sts(const struct outbound_key *key,
    struct outbound_answer *answer);
#endif
