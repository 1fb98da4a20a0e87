/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * received - evidence from one Received field about the hop it records
 *
 * The whole field must match one of the shapes that known MTAs write; it is
 * never searched. The peer chooses HELO, certificate names, envelope addresses
 * and ids in it, and a peer with a self-signed certificate can make Postfix
 * write a field whose first "verified OK" is the peer's own text (FACTS 64).
 * A field that matches no shape is unknown in every fact.
 * policy/judge/earlier decides whether a field can be believed at all.
 */
#ifndef POLICY_EVIDENCE_RECEIVED_H
#define POLICY_EVIDENCE_RECEIVED_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"
#include "policy/evidence/evidence.h"

/* What kind of transfer a field records. After PASSAGE_UNKNOWN no older field
 * is believed. */
enum passage {
	PASSAGE_UNKNOWN,                /* fits no shape */
	PASSAGE_HOP,                    /* from another host over a network */
	PASSAGE_INSIDE,                 /* within one host: back from a filter,
	                                 * qmail's queue */
	PASSAGE_ORIGIN                  /* a program on that host wrote the
	                                 * message, and perhaps the fields
	                                 * below */
};

struct received {
	enum passage passage;
	const char *mta;                /* of the shape: "Postfix"; "": the
	                                 * plain one of RFC 5321; NULL: none */
	struct slice from;              /* HELO or name: the peer chose it */
	struct slice by;                /* absent if missing, as all below */
	struct slice with;
	struct slice id;
	struct slice date;
	struct evidence proof;          /* SOURCE_RECEIVED; client is the
	                                 * address that the MTA wrote, family
	                                 * 0 when it wrote none */
};

/*
 * Reads the body of one Received field, folded or not, with or without the
 * blank after the colon. *out borrows from a. A field that is longer than
 * LIMIT_RECEIVED_FIELD bytes or that headerfield_cut() refuses is unknown. No
 * word of TLS is PROOF_ABSENT only for MTAs that always mark TLS.
 */
void received_read(struct slice body, struct arena *a,
    struct received *out);

const char *passage_name(enum passage passage);
#endif
