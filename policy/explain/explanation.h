/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explanation - why a recipient was treated as it was, in words
 *
 * Says again, step by step, what judge_recipient() found, from the same
 * tables and the same judge; it decides nothing. All texts are printable and
 * live in the arena given.
 */
#ifndef POLICY_EXPLAIN_EXPLANATION_H
#define POLICY_EXPLAIN_EXPLANATION_H

#include "policy/judge/destination.h"
#include "policy/judge/judge.h"

/* A name that was looked up for a hop, with the rows whose rules spoke. */
struct explained_name {
	enum hop hop;
	struct destination name;
	const struct row *rows;         /* in the order they were found */
	size_t count;
};

/* Every name of the attempt for every hop that the table has rules for, in
 * the order in which they are tried. Returns how many; *out is in a. */
size_t explanation_names(const struct policy *policy,
    const struct request *request, struct arena *a,
    struct explained_name **out);

/* One thing that a demand asks, held against what came. */
struct explained_step {
	enum check check;
	struct finding finding;
	const char *wanted;             /* "1.2" */
	const char *came;               /* "TLSv1.1", "not known" */
};

/* What demand asks, and nothing else. Returns how many. */
size_t explanation_steps(const struct demand *demand,
    const struct evidence *evidence, struct arena *a,
    struct explained_step out[CHECK_COUNT]);

/* One phrase; for EXEMPT_NONE NULL. */
const char *explanation_exempt(enum exempt exempt);
#endif
