/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * received_parts - the parts that Received fields of all MTAs are made of
 *
 * Each part has a name, by which the shapes in policy/evidence/received.c are
 * written, and a function that takes it off the front of what is left. A part
 * is taken whole or not at all: a comment with one word more than its MTA
 * writes is not that MTA's comment.
 */
#ifndef POLICY_EVIDENCE_RECEIVED_PARTS_H
#define POLICY_EVIDENCE_RECEIVED_PARTS_H

#include <stdbool.h>

#include "policy/evidence/evidence.h"
#include "policy/evidence/headerfield.h"
#include "policy/evidence/received.h"

/* The protocol word behind "with". */
struct protocol {
	bool known;
	bool tls;                       /* it ends in "S", or "SA" */
	bool extended;                  /* EHLO or LHLO, not HELO */
	bool registered;                /* RFC 3848, RFC 6531 section 4.3 */
};

/* What was taken off a field so far. Borrows from the field. */
struct received_parts {
	const struct token *next;
	struct slice from;
	struct slice by;
	struct slice with;
	struct slice id;
	struct slice date;
	struct netaddr client;
	struct protocol protocol;
	bool marked;                    /* the MTA wrote that there was TLS, */
	bool doubtful;                  /* ... with a version or a cipher that
	                                 * is none */
	struct slice version;
	struct slice cipher;
	int bits;
	enum proof verified;
	struct slice peer;              /* absent: unknown */
	struct slice issuer;
};

/*
 * Takes the part called name: one of the tables in received_parts.c,
 * received_client.c and received_tls.c; a comment, "(Exim_*)", where "_" is a
 * blank and a final "*" any text; or else the word itself in any case. false
 * leaves f->next as it was.
 */
bool received_take(struct received_parts *f, struct slice name);
#endif
