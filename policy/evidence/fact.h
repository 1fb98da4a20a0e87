/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fact - one measured thing, with the three values it can have
 *
 * The unset one is the careful one. The functions turn a macro's value into a
 * fact that identifies somebody; what cannot identify anybody is ABSENT.
 */
#ifndef POLICY_EVIDENCE_FACT_H
#define POLICY_EVIDENCE_FACT_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"

enum proof { PROOF_UNKNOWN, PROOF_ABSENT, PROOF_PRESENT };

struct fact {
	enum proof proof;
	struct slice text;              /* PRESENT only */
};

static inline struct fact
fact_without_text(enum proof proof)
{
	return (struct fact){ proof, SLICE_NONE };
}

/* text as it is: UNKNOWN when it did not come, ABSENT when it is empty or has
 * control bytes. Borrows text. */
struct fact fact_from_text(struct slice text);

/* The same for text that was written as xtext; decoded in a. */
struct fact fact_from_xtext(struct slice raw, struct arena *a);

/*
 * One strict xtext decoding (RFC 3461 section 4: "+" and two upper-case hex
 * digits; no NUL). Returns false when s is none; *out is in a.
 */
bool fact_decode_xtext(struct slice s, struct arena *a, struct slice *out);

/* A certificate's digest, "30:F5:...", as "sha256:30f5..." in a. Which digest
 * it is shows by its length alone (FACTS 9). */
struct fact fact_from_digest(struct slice raw, struct arena *a);
#endif
