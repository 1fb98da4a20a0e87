/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * received - what one Received field says about the hop it records
 *
 * A field is held as a whole against the shapes that known MTAs write, never
 * searched: HELO, certificate names, envelope addresses and ids in it are the
 * peer's own choice, and a self-signed peer can make Postfix write a field
 * whose first "verified OK" is the peer's (FACTS 64).
 * What fits no shape, or more than its MTA could have written, is unknown in
 * every fact. Whether the field may be believed at all is for policy/earlier.
 */
#ifndef POLICY_EVIDENCE_RECEIVED_H
#define POLICY_EVIDENCE_RECEIVED_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"
#include "policy/evidence/evidence.h"

/* What kind of transfer a field records. The zero value ends a trail. */
enum passage {
	PASSAGE_UNKNOWN,                /* fits no shape */
	PASSAGE_HOP,                    /* from another host over a wire */
	PASSAGE_INSIDE,                 /* one host to itself: a filter coming
	                                 * back, qmail's queue */
	PASSAGE_ORIGIN                  /* a program on that host wrote the
	                                 * message: what is below is not the
	                                 * host's own word */
};

struct received {
	enum passage passage;
	const char *mta;                /* whose shape: "Postfix"; "" for the
	                                 * plain one of RFC 5321; NULL: none */
	struct slice from;              /* HELO or name: the peer's word */
	struct slice by;                /* absent what the field lacks */
	struct slice with;
	struct slice id;
	struct slice date;
	struct evidence proof;          /* SOURCE_RECEIVED; client is the
	                                 * address the MTA saw, family 0 when
	                                 * it wrote none where it does */
};

/*
 * Reads the body of one Received field, folded or not, with or without the
 * blank after the colon. What *out points to lies in a. Longer than
 * LIMIT_RECEIVED_FIELD, a NUL or another control character, an open comment:
 * unknown. An absence of TLS is PROOF_ABSENT only for MTAs that always mark.
 */
void received_read(struct slice field, struct arena *a,
    struct received *out);

const char *passage_name(enum passage passage);
#endif
