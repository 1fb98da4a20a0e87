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
#include "policy/evidence/macros.h"
#include "policy/names/netaddr.h"
#include "policy/settings.h"
#include "policy/vocabulary.h"

enum proof { PROOF_UNKNOWN, PROOF_ABSENT, PROOF_PRESENT };

enum source {
	SOURCE_UNKNOWN,
	SOURCE_POSTFIX,
	SOURCE_SENDMAIL,
	SOURCE_MACROS,                  /* an MTA not recognised */
	SOURCE_RECEIVED,
	SOURCE_PROBE,
	SOURCE_MAIL_LOG
};

struct fact {
	enum proof proof;
	struct slice text;              /* PRESENT only */
};

struct evidence {
	enum source source;
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

const char *source_name(enum source source);
bool source_from(struct slice word, enum source *out);

/*
 * Which dialect m is written in: the setting, or what v says. What is not
 * recognised is CAREFUL. Whatever the dialect, a {verify} that came and is not
 * "OK" is believed, and where v says Postfix a certificate macro must have
 * come too, so that neither a wrong setting nor milter_macro_defaults can
 * make the laxer rule of the two apply.
 */
enum dialect dialect_of(enum mta setting, const struct macros *m);
const char *dialect_name(enum dialect dialect);

/*
 * Reads m by its dialect (FACTS 1, 2). Decoded names are allocated
 * in a; the rest borrows from m. A missing sentinel leaves what rests on it
 * unknown: {client_addr} says that the MTA honoured our symbol list, so only
 * beside it does an absent {tls_version} prove plaintext.
 */
void evidence_from_macros(const struct macros *m, enum dialect dialect,
    struct arena *a, struct evidence *out);

/* What is left of macros that describe a proxy: the client's address. */
void evidence_from_proxy(const struct macros *m, enum dialect dialect,
    struct evidence *out);

/*
 * One strict xtext decoding (RFC 3461 section 4: "+" and two upper-case hex
 * digits; no NUL). Returns false when s is none; *out is in a.
 */
bool evidence_xtext(struct slice s, struct arena *a, struct slice *out);
#endif
