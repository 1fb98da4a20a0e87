/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge_rows - the decisions of one recipient, row by row
 *
 * Finds the rows for each name, judges every term of their rules once, an
 * exception where the rule did not pass, and stages the finding. What a hop is
 * judged by is policy/judge/judge.c's. For that file alone.
 */
#ifndef POLICY_JUDGE_JUDGE_ROWS_H
#define POLICY_JUDGE_JUDGE_ROWS_H

#include "policy/base/arena.h"
#include "policy/judge/decision.h"
#include "policy/judge/destination.h"
#include "policy/judge/earlier.h"
#include "policy/judge/exempt.h"
#include "policy/judge/finder.h"
#include "policy/judge/request.h"
#include "policy/policy.h"
#include "policy/verdict.h"

/* The judging of one recipient. */
struct judge {
	const struct policy *policy;
	const struct request *request;
	struct arena *arena;
	struct ruling *ruling;
	size_t capacity;                /* of ruling->list */
	struct destinations to;
	struct destinations from;
	struct rcpt_context context;
	const struct evidence *proof;   /* of the hop that brought the mail;
	                                 * NULL: the session's */
	struct found found;             /* how a service was found */
	const struct earlier *earlier;  /* at the end of the message only */
	struct decision first[4];       /* until they are kept */
};

/* How a demand is judged, of a rule and of an exception alike. */
typedef struct finding decide_fn(const struct judge *j,
    const struct demand *demand, const struct decision *d);

/* Judges one term of the row's rule for a hop. */
typedef void judge_fn(struct judge *j, enum hop hop, const struct row *row,
    const struct term *term);

/* A new, empty decision, the last of the ruling's. Borrows until the next
 * one. */
struct decision *judge_new_decision(struct judge *j);

/* The same on one term, with everything that the row sets. */
struct decision *judge_decision_of(struct judge *j, enum hop hop,
    const struct row *row, const struct term *term);

/* Judges the rule of d, then an exception that is alive, then stages. */
void judge_and_stage(struct judge *j, struct decision *d, decide_fn *decide);

/* Turns the finding of d into the action that is planned and applied. */
void judge_stage_decision(struct judge *j, struct decision *d);

/* Calls judge for each term of the row's rule that was not judged yet. */
void judge_row(struct judge *j, enum hop hop, const struct row *row,
    judge_fn *judge);

/* Calls judge for each term that was not judged yet of every row that names,
 * the recipient's or the sender's, are found in. */
void judge_names(struct judge *j, enum hop hop,
    const struct destinations *names, judge_fn *judge);

/*
 * The same for path, an address without a domain. It may belong to any domain
 * that we serve: all are judged, for a served suffix the rows below it too.
 * Without served_domains it is nobody's that the table names.
 */
void judge_bare(struct judge *j, enum hop hop, struct slice path,
    judge_fn *judge);

/* Moves the decisions to the arena, in which a message keeps them. None is made
 * after that. */
void judge_keep_decisions(struct judge *j);
#endif
