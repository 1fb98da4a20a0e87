/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reason - the name and the meaning of each reason of a verdict
 *
 * Each reason has one row in reason.c. Its name is that of RFC 8460 section 4.3
 * if there is one, else our own.
 */
#ifndef POLICY_REASON_H
#define POLICY_REASON_H

#include "policy/vocabulary.h"

struct reason_row {
	const char *name;
	const char *meaning;            /* for the administrator */
	bool no_rule;                   /* no rule decided */

	bool ours;                      /* no rule gives it: enforcetls itself
	                                 * cannot take the mail */

	/* The reply: "code enhanced", with a sentence. */
	const char *reject;             /* NULL: it never rejects */
	const char *defer;              /* NULL: 451 4.3.0 */
	const char *sentence;           /* NULL: reply.c's for undecided */

	/* For the partner's postmaster; NULL: a general sentence. */
	const char *problem;
	const char *remedy;
};

/* The row of reason, or of REASON_UNSET when it has none; never NULL. */
const struct reason_row *reason_row(enum reason reason);

/* Whether enforcetls itself gives it, by no rule. */
bool reason_is_ours(enum reason reason);
const char *reason_name(enum reason reason);
/* Whether it says that no rule decided about a recipient, and why. */
bool reason_is_no_rule(enum reason reason);
/* Whether name is a reason that can be recorded; *out is written only then. */
bool reason_from(struct slice name, enum reason *out);
/* One phrase, for the administrator; never NULL. */
const char *reason_meaning(enum reason reason);
/* What was wrong with the partner's session, one sentence; never NULL. */
const char *reason_problem(enum reason reason);
/* What the partner can do about it, one or two sentences; never NULL. */
const char *reason_remedy(enum reason reason);
#endif
