/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_server - judges what Sendmail measured of a server it will use
 *
 * Postfix is told what to ask of a server; Sendmail asks a map when it has
 * already spoken to one, so it sends what it saw and is told whether that is
 * enough. Judged by the same judge as every other hop.
 */
#ifndef POLICY_OUTBOUND_SENDMAIL_SERVER_H
#define POLICY_OUTBOUND_SENDMAIL_SERVER_H

#include "policy/base/arena.h"
#include "policy/outbound/nexthop.h"

struct sendmail_server {
	struct nexthop hop;
	size_t n;
	char text[256];                 /* "OK good", "OK wait REASON ..." */
};

/*
 * key is "DOMAIN/SERVER/VERIFY/VERSION/BITS/CIPHER/NAME/FINGERPRINT": the
 * recipient's domain, then Sendmail's macros {server_name}, {verify},
 * {tls_version}, {cipher_bits} and {cipher}; the name of the server that its
 * certificate carries among its alternative names, or nothing; {cert_fp}. a
 * is for the time of the call.
 */
void sendmail_server_judge(const struct policy *policy, struct slice key,
    int64_t now, struct arena *a, struct sendmail_server *out);

/*
 * Rewrites an answer for Sendmail's own `sts` map, which knows one form:
 * "OK secure match=NAME:.NAME servername=hostname". Only names are said
 * there; what else a rule asks is judged by sendmail_server_judge(). key is
 * what was asked.
 */
void sendmail_server_sts(const struct outbound_key *key,
    struct outbound_answer *answer);
#endif
