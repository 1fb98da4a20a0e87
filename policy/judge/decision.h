/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decision - what was decided about one recipient, rule by rule
 *
 * Filled by policy/judge/judge.c; written to the log by policy/judge/record.c
 * and read back by policy/audit/recorded.c. All pointers borrow until the end
 * of the message.
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

struct session_proof;

/* One judged rule. */
struct decision {
	enum hop hop;
	const struct rule *rule;        /* NULL: no rule covers it (scope
	                                 * "all"), or which one is not known */
	const struct demand *demand;    /* that was judged; NULL: no rule */
	struct slice partner;           /* the row's name; absent: no row */
	struct slice destination;       /* the key that matched; or absent */
	struct place place;             /* the rule's line, or the line of the
	                                 * table that names a profile */
	const struct evidence *proof;   /* NULL: no evidence was used */
	struct finding finding;
	enum stage stage;
	enum action planned;
	enum action applied;
	enum exempt exempt;
	enum found_by found_by;         /* of a service */
	struct finding watch;           /* of rule->watch, if it has one */
	struct slice exception;         /* id; absent: none */
};

/* All decisions about one recipient, and the action that is applied. */
struct ruling {
	struct decision *list;
	size_t count;
	enum action applied;            /* the strictest of them, or PASS */
	const struct decision *strictest;       /* NULL for PASS */
	const struct reply *reply;      /* for DEFER and REJECT; else NULL */
	const struct session_proof *session;    /* NULL: none was needed */
	enum listener_kind listener;
	bool at_end;                    /* a refusal has to wait for the end of
	                                 * the message: this is not SMTP, and
	                                 * Postfix cannot refuse one recipient
	                                 * of it (FACTS 36) */
	bool wants_headers;             /* judge_at_end() has more to judge,
	                                 * from the message's header */
};
#endif
