/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reason - what each reason of a verdict is called and means, one row each
 *
 * The words of RFC 8460 section 4.3 where one fits, our own where none does.
 */
#ifndef POLICY_REASON_H
#define POLICY_REASON_H

#include "policy/vocabulary.h"

struct reason_row {
	const char *name;
	const char *meaning;            /* for the administrator */

	/* The reply: "code enhanced" and a sentence. */
	const char *reject;             /* NULL: never refused for good */
	const char *defer;              /* NULL: 451 4.3.0 */
	const char *sentence;           /* NULL: it cannot be decided now */

	/* For the partner's postmaster: what was wrong, what can be done. */
	const char *problem;            /* NULL: our policy did not allow it */
	const char *remedy;             /* NULL: ask us */
};

/* The row of reason; of one that has none, REASON_UNSET's. */
const struct reason_row *reason_row(enum reason reason);

const char *reason_name(enum reason reason);
/* Whether name is a reason that can be recorded; *out only then. */
bool reason_from(struct slice name, enum reason *out);
/* One phrase, for the administrator; never NULL. */
const char *reason_meaning(enum reason reason);
/* What was wrong with the partner's session, one sentence; never NULL. */
const char *reason_problem(enum reason reason);
/* What the partner can do about it, one or two sentences; never NULL. */
const char *reason_remedy(enum reason reason);
#endif
