/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explanation - why a decision was made, step by step, in words
 *
 * Repeats what judge_recipient() did with the same tables and the same judge;
 * it decides nothing. All texts are printable and live in the arena, or are
 * static.
 */
#ifndef POLICY_EXPLAIN_EXPLANATION_H
#define POLICY_EXPLAIN_EXPLANATION_H

#include "policy/judge/destination.h"
#include "policy/judge/judge.h"

/* A name that was looked up for a hop, with the rows that cover it. */
struct explained_name {
	enum hop hop;
	struct destination name;
	const struct row *rows;         /* the most specific first */
	size_t count;
};

/* Every name of the request, for every hop that the table has rules for, in
 * the order of the look-ups. Returns how many; *out is in a and borrows from
 * policy. */
size_t explanation_names(const struct policy *policy,
    const struct request *request, struct arena *a,
    struct explained_name **out);

/* One check of a demand against the evidence. */
struct explained_step {
	enum check check;
	struct finding finding;
	const char *wanted;             /* "TLS 1.2 or later" */
	const char *found;              /* "TLSv1.1", "not known" */
};

/* The checks that demand needs. Returns how many are in out. */
size_t explanation_steps(const struct demand *demand,
    const struct evidence *evidence, struct arena *a,
    struct explained_step out[CHECK_COUNT]);

/* One phrase; for EXEMPT_NONE NULL. */
const char *explanation_exempt(enum exempt exempt);
#endif
