/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * received_show - a Received field's facts as one line, for tests
 *
 * "Postfix hop tls=yes TLSv1.3 SUITE/256 verified=no from 192.0.2.1", then the
 * peer and the issuer if the field proves them.
 */
#ifndef TESTS_RECEIVED_SHOW_H
#define TESTS_RECEIVED_SHOW_H

#include <stdio.h>

#include "policy/evidence/received.h"

static inline const char *
show_proof(enum proof proof)
{
	switch (proof) {
	case PROOF_UNKNOWN:
		return "unknown";
	case PROOF_ABSENT:
		return "no";
	case PROOF_PRESENT:
		return "yes";
	}
	return "?";
}

static inline const char *
received_show(const struct received *r, char *out, size_t size)
{
	const struct evidence *e = &r->proof;
	char client[64] = "nowhere";
	int n;

	if (e->client.family != 0)
		netaddr_show(&e->client, client, sizeof(client));
	if (r->mta == NULL) {
		snprintf(out, size, "none %s tls=%s verified=%s from %s",
		    passage_name(r->passage), show_proof(e->tls),
		    show_proof(e->verified), client);
		return out;
	}
	n = snprintf(out, size, "%s %s tls=%s%s%.*s%s%.*s",
	    r->mta[0] == '\0' ? "plain" : r->mta, passage_name(r->passage),
	    show_proof(e->tls), e->version_text.n > 0 ? " " : "",
	    SLICE_ARGS(e->version_text), e->cipher.n > 0 ? " " : "",
	    SLICE_ARGS(e->cipher));
	if (e->bits > 0)
		n += snprintf(out + n, size - (size_t)n, "/%d", e->bits);
	n += snprintf(out + n, size - (size_t)n, " verified=%s from %s",
	    show_proof(e->verified), client);
	if (e->peer.proof == PROOF_PRESENT)
		n += snprintf(out + n, size - (size_t)n, " peer=%.*s",
		    SLICE_ARGS(e->peer.text));
	if (e->issuer.proof == PROOF_PRESENT)
		n += snprintf(out + n, size - (size_t)n, " issuer=%.*s",
		    SLICE_ARGS(e->issuer.text));
	return out;
}
#endif
