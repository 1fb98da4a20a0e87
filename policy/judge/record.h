/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record - the record of a decision, one JSON object a line
 *
 * The keys that enforcetlsd(8) lists, always all of them, in one order.
 * Written by hand into a bounded buffer because building the same record with
 * jansson took 10 us, longer than the decision itself; tests parse it back
 * with jansson. Pure ASCII: valid UTF-8 from outside becomes \u escapes, any
 * other byte the text \xHH, and a value past 600 characters is cut and ends
 * in "...".
 */
#ifndef POLICY_JUDGE_RECORD_H
#define POLICY_JUDGE_RECORD_H

#include <stdint.h>

#include "policy/judge/decision.h"
#include "policy/judge/request.h"

struct record {
	int64_t time_ms;                /* since 1970, UTC */
	enum outcome outcome;
	struct slice queue_id;          /* absent: not given out yet */
	struct slice session;           /* id of the SMTP session; or absent */
	const struct request *request;
	const struct decision *decision;
	enum action applied;            /* in the end, which may be more than
	                                 * the decision alone asked for */
	enum listener_kind listener;
	enum mode mode;
	const struct ruling *candidate; /* what the candidate would have
	                                 * done; NULL: there is none */
	const struct reply *reply;      /* NULL: none was given */
	const char *policy;             /* digest of the policy in force */
};

/*
 * Writes the record without its chain: the object up to but without the last
 * key `prev`, the closing brace and the newline, which record_chain() adds
 * when the line's place in the log is known. LIMIT_DECISION always fits.
 * Returns the length.
 */
size_t record_json(const struct record *record, char *out, size_t size);

enum { RECORD_CHAIN = 80 };

/* The tail of a line: prev is 64 hex digits, or NULL at the head of a log.
 * Returns the length; RECORD_CHAIN bytes fit. */
size_t record_chain(const char *prev, char *out, size_t size);

/* The same record as key=value for syslog and people, LIMIT_DECISION fits. */
size_t record_text(const struct record *record, char *out, size_t size);
#endif
