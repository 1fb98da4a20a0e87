/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decision - what was decided about one recipient, rule by rule
 *
 * Filled by policy/judge/judge.c; written to the log by policy/judge/record.c
 * and read back by policy/audit/recorded.c. Everything in it borrows until
 * the end of the message.
 */
#ifndef POLICY_JUDGE_DECISION_H
#define POLICY_JUDGE_DECISION_H

#include <stdbool.h>

#include "policy/evidence/evidence.h"
#include "policy/reply.h"
#include "policy/settings.h"
#include "policy/table/partner.h"
#include "policy/verdict.h"
#include "policy/vocabulary.h"

/* One judged rule. */
struct decision {
	enum hop hop;
	const struct rule *rule;        /* NULL: none asked (scope "all"), or
	                                 * it could not be told which would */
	struct slice partner;           /* the row's name; absent: no row */
	struct slice destination;       /* the key that matched; or absent */
	struct place place;             /* the rule's line, or the line of the
	                                 * table that named a profile */
	const struct evidence *proof;   /* NULL: none was gathered */
	struct finding finding;
	enum stage stage;
	enum action planned;
	enum action applied;
	enum exempt exempt;
	struct finding watch;           /* of rule->watch, when it has one */
	struct slice exception;         /* id; absent: none */
};

/* All decisions about one recipient, and the action they add up to. */
struct ruling {
	struct decision *list;
	size_t count;
	enum action applied;            /* the strictest of them, or PASS */
	const struct decision *speaks;  /* whose action it is; NULL for PASS */
	struct reply reply;             /* for DEFER and REJECT */
	enum listener_kind listener;
	bool at_end;                    /* a refusal must wait for the end of
	                                 * the message: this is not SMTP, and a
	                                 * recipient refused alone wedges
	                                 * Postfix (FACTS 36) */
	bool wants_headers;             /* more is judged at the end of the
	                                 * message, from its header */
};
#endif
