/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge - what the table says of one RCPT, hop by hop
 *
 * Finds the rules for every name the recipient and its sender have, has each
 * judged and staged, and names the strictest action. Pure: the daemon,
 * `explain` and the tests call the same.
 */
#ifndef POLICY_JUDGE_JUDGE_H
#define POLICY_JUDGE_JUDGE_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/evidence/evidence.h"
#include "policy/judge/destination.h"
#include "policy/judge/request.h"
#include "policy/policy.h"
#include "policy/reply.h"
#include "policy/staging.h"
#include "policy/verdict.h"

/* One judged rule. Everything borrows until the message's end. */
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
	                                 * Postfix (mta-facts section 5.3) */
	bool wants_headers;             /* more is judged at the end of the
	                                 * message, from its header */
};

/* Judges what can be judged at RCPT. *out and all in it live in a. */
void judge_recipient(const struct policy *policy,
    const struct request *request, struct arena *a, struct ruling *out);

/* What the header of a message said, for the end of it. */
struct message_header {
	const struct slice *received;   /* bodies, top first, unfolded or not */
	size_t received_count;
	bool tls_required_no;           /* "TLS-Required: no" stood in it */
};

/*
 * Judges what had to wait for the message's header, for a recipient whose
 * ruling at RCPT has wants_headers: `earlier`, `inbound` and `entry` of a
 * session from an own relay (by what the edge relay wrote), and
 * TLS-Required: no before an `outbound` rule. The decisions made at RCPT are
 * not made again. A refusal is one of the whole message.
 */
void judge_at_end(const struct policy *policy,
    const struct request *request, const struct message_header *header,
    struct arena *a, struct ruling *out);

/*
 * The rules that speak for a hop under one name, most specific first; a rule
 * acting below defer is followed by the next less specific one. For `explain`
 * and the map. Returns how many of rows (TABLE_ROWS) were filled.
 */
size_t judge_rows(const struct policy *policy, enum hop hop,
    const struct destination *name, struct row rows[TABLE_ROWS]);
#endif
