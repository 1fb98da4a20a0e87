/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * evidence - what was measured about one hop, by which source
 *
 * Every fact has three values and the unset one is the careful one. Every
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
	enum mta mta;                   /* MACROS only */
	enum proof tls;
	struct slice version_text;
	enum tls_version version;       /* TLS_NONE: unknown */
	struct slice cipher;            /* absent: unknown */
	int bits;                       /* 0: unknown */
	enum proof verified;            /* the chain, as the MTA trusts it */
	struct fact peer;               /* the CN, decoded; text, not a DN */
	struct fact subject;            /* whole name as the MTA shows it */
	struct fact issuer;
	struct fact fingerprint;        /* "sha256:" or "md5:", lower hex */
	struct fact login;              /* SASL user name */
	struct netaddr client;          /* family 0: unknown */
};

/* The source in one word: "received", or of macros the MTA's, "postfix". */
const char *evidence_source(const struct evidence *evidence);
/* Sets source and mta by that word; false when it is none. */
bool evidence_set_source(struct evidence *evidence, struct slice word);

/*
 * Reads m as what mta sends (FACTS 1, 2). Decoded names are allocated
 * in a; the rest borrows from m. A missing sentinel leaves what rests on it
 * unknown: {client_addr} says that the MTA honoured our symbol list, so only
 * beside it does an absent {tls_version} prove plaintext.
 */
void evidence_from_macros(const struct macros *m, enum mta mta,
    struct arena *a, struct evidence *out);

/* What is left of macros that describe a proxy: the client's address. */
void evidence_from_proxy(const struct macros *m, enum mta mta,
    struct evidence *out);
#endif
