/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/evidence/received.h"
#include "policy/base/limits.h"
#include "policy/evidence/received_parts.h"

/* Whether the MTA always marks TLS, so that a field without a mark proves that
 * there was none. */
enum tls_marking {
	TLS_UNMARKED,                   /* not always */
	TLS_MARKED,                     /* always */
	TLS_MARKED_ESMTP                /* always after EHLO, in the protocol
	                                 * word itself; after HELO it has no
	                                 * "S" */
};

/* Whether "verified" means the chain of the certificate in this MTA's field. */
enum cert_marking { CERT_UNMARKED, CERT_MARKED };

struct shape {
	const char *mta;
	enum passage passage;
	enum tls_marking tls_marking;
	enum cert_marking cert_marking;
	const char *pattern;
};

/*
 * One shape a line, the parts of policy/evidence/received_parts.c in their
 * order; "[" and "]" enclose what may be missing. The first shape that fits the
 * whole field is used.
 *
 * TLS marks: Postfix and Sendmail, but not after HELO (FACTS 63); Exim,
 * OpenSMTPD, Stalwart and Haraka 3 by their sources: the words come from the
 * session's state, not from a setting. Exchange, Google, Proofpoint, Mimecast,
 * Halon, Strato, Cisco and the qmail family mark TLS, but not in all of their
 * versions and inner hops; Amazon never does (FACTS 66).
 *
 * CERT_UNMARKED: Haraka 2 wrote verify=OK for chains without an issuer, and
 * Exim writes nothing by default.
 */
/* clang-format off */
static const struct shape shapes[] = {
	{ "Postfix", PASSAGE_HOP, TLS_MARKED_ESMTP, CERT_MARKED,
	  "from HOST TCP USING CLIENT [LOGIN] by BY (Postfix) "
	  "with PROTOCOL [id ID] [for RECIPIENT] DATE" },
	/* Under another mail_name: no other MTA writes these two comments. */
	{ "Postfix", PASSAGE_HOP, TLS_MARKED_ESMTP, CERT_MARKED,
	  "from HOST TCP USING CLIENT [LOGIN] by BY OTHER-PROGRAM "
	  "with PROTOCOL [id ID] [for RECIPIENT] DATE" },
	{ "Postfix", PASSAGE_HOP, TLS_MARKED_ESMTP, CERT_MARKED,
	  "from HOST TCP [LOGIN] by BY (Postfix) "
	  "with PROTOCOL [id ID] [for RECIPIENT] DATE" },
	/* header_checks hides the client. */
	{ "Postfix", PASSAGE_HOP, TLS_MARKED_ESMTP, CERT_MARKED,
	  "by BY (Postfix) with PROTOCOL [id ID] [for RECIPIENT] DATE" },
	{ "Postfix", PASSAGE_ORIGIN, TLS_UNMARKED, CERT_UNMARKED,
	  "by BY (Postfix,_from_userid_*) id ID [for RECIPIENT] DATE" },
	{ "Postfix", PASSAGE_ORIGIN, TLS_UNMARKED, CERT_UNMARKED,
	  "by BY FROM-USERID id ID [for RECIPIENT] DATE" },
	/* local(8) for an alias or .forward: the host wrote the field below.
	 * Only under its own name: nothing else shows that it crossed no
	 * wire. */
	{ "Postfix", PASSAGE_INSIDE, TLS_UNMARKED, CERT_UNMARKED,
	  "by BY (Postfix) id ID [for RECIPIENT] DATE" },

	{ "Sendmail", PASSAGE_HOP, TLS_MARKED, CERT_MARKED,
	  "from HOST TCP [LOGIN] by BY SENDMAIL "
	  "with PROTOCOL id ID [SUITE] [for RECIPIENT] DATE" },
	{ "Sendmail", PASSAGE_HOP, TLS_MARKED, CERT_MARKED,
	  "FROM-TCP [LOGIN] by BY SENDMAIL "
	  "with PROTOCOL id ID [SUITE] [for RECIPIENT] DATE" },
	/* With another text for its versions; Google's suite has no verify=,
	 * and its host is one of its own. */
	{ "Sendmail", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST TCP [LOGIN] by BY [OTHER-PROGRAM] "
	  "with PROTOCOL id ID FULL-SUITE [for RECIPIENT] DATE" },
	{ "Sendmail", PASSAGE_ORIGIN, TLS_UNMARKED, CERT_UNMARKED,
	  "FROM-USER by BY SENDMAIL [with PROTOCOL] id ID "
	  "[for RECIPIENT] DATE" },

	{ "Proofpoint", PASSAGE_HOP, TLS_UNMARKED, CERT_MARKED,
	  "from HOST TCP [LOGIN] by BY (PPS) "
	  "with PROTOCOL id ID [SUITE] [for RECIPIENT] DATE" },

	{ "Exim", PASSAGE_HOP, TLS_MARKED, CERT_UNMARKED,
	  "from SOCKET [EXIM-HELO] by BY with PROTOCOL [EXIM-TLS] [tls CIPHER] "
	  "(Exim_*) [(envelope-from_*)] id ID [for RECIPIENT] DATE" },
	{ "Exim", PASSAGE_HOP, TLS_MARKED, CERT_UNMARKED,
	  "from NAME EXIM-ADDRESS by BY with PROTOCOL [EXIM-TLS] [tls CIPHER] "
	  "(Exim_*) [(envelope-from_*)] id ID [for RECIPIENT] DATE" },
	{ "Exim", PASSAGE_ORIGIN, TLS_UNMARKED, CERT_UNMARKED,
	  "[from HOST] by BY with local (Exim_*) "
	  "[(envelope-from_*)] id ID [for RECIPIENT] DATE" },

	{ "Exchange", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST ADDRESS by BY [COMMENT] with MICROSOFT "
	  "[SUITE] [TLS-COMMENT] id ID [via WORDS] [for RECIPIENT] DATE" },
	{ "Exchange", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST ADDRESS by BY [COMMENT] with mapi id ID DATE" },
	{ "Exchange", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST ADDRESS by BY [COMMENT] with HTTPS "
	  "[id ID] [via WORDS] DATE" },

	{ "Google", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST TCP by BY-GOOGLE with PROTOCOL id ID [for RECIPIENT] "
	  "[SUITE] [(Google_Transport_Security)] DATE" },

	{ "OpenSMTPD", PASSAGE_HOP, TLS_MARKED, CERT_MARKED,
	  "from HOST TCP by BY (OpenSMTPD) with PROTOCOL id ID "
	  "[OPENSMTPD] [AUTH] [USER] [for RECIPIENT] DATE" },
	{ "OpenSMTPD", PASSAGE_HOP, TLS_MARKED, CERT_MARKED,
	  "by BY (OpenSMTPD) with PROTOCOL id ID "
	  "[OPENSMTPD] [AUTH] [USER] [for RECIPIENT] DATE" },

	{ "Stalwart", PASSAGE_HOP, TLS_MARKED_ESMTP, CERT_UNMARKED,
	  "from HOST TCP [USING] by BY (Stalwart_SMTP) "
	  "with PROTOCOL id ID [for RECIPIENT] DATE" },

	{ "Haraka", PASSAGE_HOP, TLS_MARKED, CERT_UNMARKED,
	  "from HOST TCP by BY (Haraka/3*) with PROTOCOL [id ID] "
	  "[envelope-from ANGLE] [tls CIPHER] [LOGIN] DATE" },
	{ "Haraka", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST TCP by BY (Haraka*) with PROTOCOL [id ID] "
	  "[envelope-from ANGLE] [SUITE] [tls CIPHER] [LOGIN] DATE" },
	{ "Haraka", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST HELO QMAIL-ADDRESS by BY (Haraka*) "
	  "with PROTOCOL [id ID] DATE" },

	{ "Cisco", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST [HELO] ADDRESS by BY with CISCO [for RECIPIENT] DATE" },

	{ "qmail", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST [HELO] QMAIL-ADDRESS by BY [(qpsmtpd*)] "
	  "with ENCRYPTED PROTOCOL [id ID] [for RECIPIENT] DATE" },
	{ "qmail", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST [HELO] QMAIL-ADDRESS by BY [(qpsmtpd*)] "
	  "with PROTOCOL [for RECIPIENT] DATE" },
	{ "qmail", PASSAGE_INSIDE, TLS_UNMARKED, CERT_UNMARKED,
	  "QMAIL-NETWORK DATE" },
	{ "qmail", PASSAGE_ORIGIN, TLS_UNMARKED, CERT_UNMARKED,
	  "QMAIL-LOCAL DATE" },

	{ "Mimecast", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST TCP by BY with PROTOCOL with STARTTLS SUITE id ID "
	  "[for RECIPIENT] DATE" },
	{ "Mimecast", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST TCP [USING-TLS] by BY-MIMECAST with PROTOCOL id ID "
	  "[for RECIPIENT] DATE" },

	{ "Halon", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST TCP by BY (Halon) "
	  "with PROTOCOL id ID [for RECIPIENT] DATE" },

	/* "from [192.0.2.1]" is HELO here: the client's address is left out. */
	{ "Strato", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST by BY (RZmta_*) with PROTOCOL id ID "
	  "[USING] [CLIENT] [for RECIPIENT] DATE" },

	{ "Amazon", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST TCP by BY-AMAZON with PROTOCOL id ID "
	  "[for RECIPIENT] DATE" },

	{ "Dovecot", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST TCP by BY with PROTOCOL id ID "
	  "(envelope-from_*) [for RECIPIENT] DATE" },
	/* LMTP at a socket of the same host. */
	{ "Dovecot", PASSAGE_INSIDE, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST by BY with LMTP id ID "
	  "(envelope-from_*) [for RECIPIENT] DATE" },
	{ "Dovecot", PASSAGE_INSIDE, TLS_UNMARKED, CERT_UNMARKED,
	  "[from HOST] by BY (Dovecot) with LMTP id ID "
	  "[for RECIPIENT] DATE" },

	{ "amavis", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST TCP by BY COMMENT (amavis*) "
	  "with PROTOCOL id ID [for RECIPIENT] DATE" },

	/* RFC 5321 section 4.4, with the clause of RFC 8314. */
	{ "", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "from HOST TCP by BY [OTHER-PROGRAM] with PROTOCOL "
	  "[tls CIPHER] [group GROUP] [id ID] [tls CIPHER] [group GROUP] "
	  "[for RECIPIENT] [tls CIPHER] [group GROUP] DATE" },
	{ "", PASSAGE_HOP, TLS_UNMARKED, CERT_UNMARKED,
	  "by BY [OTHER-PROGRAM] with PROTOCOL [id ID] [for RECIPIENT] DATE" },
};
/* clang-format on */

static bool
received_fits(const char *pattern, struct received_parts *f)
{
	struct slice rest = slice_of(pattern), word;
	bool skipping = false;

	while (slice_next(&rest, ' ', &word)) {
		bool opens = slice_starts(word, SLICE("["));
		bool closes = slice_ends(word, SLICE("]"));

		word = slice_head(slice_from(word, opens ? 1 : 0),
		    word.n - (opens ? 1 : 0) - (closes ? 1 : 0));
		if (skipping) {
			skipping = !closes;
			continue;
		}
		if (received_take(f, word))
			continue;
		if (!opens)
			return false;
		skipping = !closes;
	}
	assert(!skipping);
	return f->next->kind == TOKEN_END;
}

/* A protocol word that is not registered counts only if its MTA is known to use
 * it. */
static bool
received_protocol_has_tls(const struct shape *shape,
    const struct received_parts *f)
{
	return f->protocol.tls &&
	    (f->protocol.registered || shape->tls_marking != TLS_UNMARKED);
}

static enum proof
received_tls_of(const struct shape *shape, const struct received_parts *f)
{
	bool plain = f->protocol.known && !f->protocol.tls;

	if (f->doubtful)
		return PROOF_UNKNOWN;
	if (received_protocol_has_tls(shape, f))
		return PROOF_PRESENT;
	if (f->marked) {
		/* The comment contradicts the MTA's own protocol word. */
		if (shape->tls_marking == TLS_MARKED_ESMTP && plain &&
		    f->protocol.extended)
			return PROOF_UNKNOWN;
		return PROOF_PRESENT;
	}
	if (!plain)
		return PROOF_UNKNOWN;
	switch (shape->tls_marking) {
	case TLS_MARKED:
		return PROOF_ABSENT;
	case TLS_MARKED_ESMTP:
		return f->protocol.extended ? PROOF_ABSENT : PROOF_UNKNOWN;
	case TLS_UNMARKED:
		break;
	}
	return PROOF_UNKNOWN;
}

static struct fact
received_fact_of(struct slice text)
{
	if (text.n == 0)
		return fact_without_text(PROOF_UNKNOWN);
	return (struct fact){ PROOF_PRESENT, text };
}

static void
received_fill_proof(const struct shape *shape, const struct received_parts *f,
    struct evidence *out)
{
	out->client = f->client;
	out->tls = received_tls_of(shape, f);
	if (out->tls != PROOF_PRESENT) {
		out->verified = out->tls;
		return;
	}
	out->version_text = f->version;
	if (!tls_version_from_mta(f->version, &out->version))
		out->version = TLS_NONE;
	out->cipher = f->cipher;
	out->bits = f->bits;
	out->verified = f->verified;
	if (f->verified != PROOF_PRESENT)
		return;
	if (shape->cert_marking != CERT_MARKED) {
		out->verified = PROOF_UNKNOWN;
		return;
	}
	out->peer = received_fact_of(f->peer);
	out->subject = out->peer;
	out->issuer = received_fact_of(f->issuer);
}

static void
received_fill(const struct shape *shape, const struct received_parts *f,
    struct received *out)
{
	out->passage = shape->passage;
	out->mta = shape->mta;
	out->from = f->from;
	out->by = f->by;
	out->with = f->with;
	out->id = f->id;
	out->date = f->date;
	if (shape->passage != PASSAGE_HOP)
		return;
	received_fill_proof(shape, f, &out->proof);
	if (netaddr_is_loopback(&f->client))
		out->passage = PASSAGE_INSIDE;
}

void
received_read(struct slice body, struct arena *a, struct received *out)
{
	struct headerfield field;

	*out = (struct received){ .proof = { .source = SOURCE_RECEIVED } };
	if (body.n > LIMIT_RECEIVED_FIELD || !headerfield_cut(body, a, &field))
		return;
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		struct received_parts f = { .next = field.list };

		if (received_fits(shapes[i].pattern, &f)) {
			received_fill(&shapes[i], &f, out);
			return;
		}
	}
}

const char *
passage_name(enum passage passage)
{
	switch (passage) {
	case PASSAGE_UNKNOWN:
		return "unknown";
	case PASSAGE_HOP:
		return "hop";
	case PASSAGE_INSIDE:
		return "inside";
	case PASSAGE_ORIGIN:
		return "origin";
	}
	return "unknown";
}
