/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * evidence - what was measured about one hop, with the source
 *
 * Every fact has three values, and the unset one is the careful one. Every
 * source (an MTA's macros, a Received field, a probe, a mail log, a recorded
 * decision) fills this struct, and only verdict_decide() judges it.
 */
#ifndef POLICY_EVIDENCE_EVIDENCE_H
#define POLICY_EVIDENCE_EVIDENCE_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/evidence/fact.h"
#include "policy/evidence/macros.h"
#include "policy/names/netaddr.h"
#include "policy/settings.h"
#include "policy/vocabulary.h"

enum source {
	SOURCE_UNKNOWN,
	SOURCE_MACROS,                  /* of the MTA in mta */
	SOURCE_RECEIVED,
	SOURCE_PROBE,
	SOURCE_MAIL_LOG
};

struct evidence {
	enum source source;
	enum mta mta;                   /* SOURCE_MACROS only */
	enum proof tls;
	struct slice version_text;
	enum tls_version version;       /* TLS_NONE: unknown */
	struct slice cipher;            /* absent: unknown */
	int bits;                       /* 0: unknown */
	enum proof verified;            /* the chain, as the MTA trusts it */
	struct fact peer;               /* the CN, decoded; not a DN */
	struct fact subject;            /* whole name, as the MTA sends it */
	struct fact issuer;
	struct fact fingerprint;        /* "sha256:" or "md5:", lower hex */
	struct fact login;              /* SASL user name, over TLS */
	struct fact claimed_login;      /* the same, also without TLS and on a
	                                 * proxy's word: it proves nothing, but
	                                 * says whose rules to hold against */
	bool login_in_clear;            /* it logged in without TLS */
	struct netaddr client;          /* family 0: unknown */
};

/* The source in one word: "received"; for macros the MTA's word, "postfix". */
const char *evidence_source(const struct evidence *evidence);
/* Sets source and mta from that word; false when there is no such word. */
bool evidence_set_source(struct evidence *evidence, struct slice word);

/*
 * Reads m as macros of mta (FACTS 1, 2). Decoded names are allocated in a; the
 * rest borrows from m. {client_addr} shows that the MTA took our list of
 * macros: only then does an absent {tls_version} prove plaintext. Without v no
 * peer is verified.
 */
void evidence_from_macros(const struct macros *m, enum mta mta,
    struct arena *a, struct evidence *out);

/* Reads macros that describe a proxy instead of the client: only the client's
 * address counts, and the login that is claimed. */
void evidence_from_proxy(const struct macros *m, enum mta mta,
    struct arena *a, struct evidence *out);
#endif
