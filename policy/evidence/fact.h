/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fact - one measured thing, with the three values it can have
 *
 * The unset one is the careful one. The functions make a fact of a macro's
 * value; a value that cannot identify anybody becomes PROOF_ABSENT.
 */
#ifndef POLICY_EVIDENCE_FACT_H
#define POLICY_EVIDENCE_FACT_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"

enum proof { PROOF_UNKNOWN, PROOF_ABSENT, PROOF_PRESENT };

struct fact {
	enum proof proof;
	struct slice text;              /* PROOF_PRESENT only */
};

static inline struct fact
fact_without_text(enum proof proof)
{
	return (struct fact){ proof, SLICE_NONE };
}

/* PROOF_UNKNOWN when text is absent, PROOF_ABSENT when it is empty or has
 * control characters, else text. Borrows text. */
struct fact fact_from_text(struct slice text);

/* The same for text that is encoded as xtext; the decoded text is in a. */
struct fact fact_from_xtext(struct slice raw, struct arena *a);

/*
 * Decodes xtext strictly: "+" and two upper-case hex digits (RFC 3461 section
 * 4), but no NUL. Returns false when s is no xtext; *out is in a.
 */
bool fact_decode_xtext(struct slice s, struct arena *a, struct slice *out);

/* A certificate's digest, "30:F5:...", as "sha256:30f5..." in a. Its length
 * shows which digest it is (FACTS 9). */
struct fact fact_from_digest(struct slice raw, struct arena *a);
#endif
