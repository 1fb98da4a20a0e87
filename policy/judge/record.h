/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record - the record of a decision, one JSON object a line
 *
 * The keys that enforcetlsd(8) lists, always all of them, in one order.
 * Written into a bounded buffer without jansson, which took 10 us for a
 * record, longer than the decision itself; tests parse it back with jansson.
 * Pure ASCII: valid UTF-8 from outside becomes \u escapes, any other byte the
 * text \xHH, and a value past 600 characters is cut and ends in "...".
 */
#ifndef POLICY_JUDGE_RECORD_H
#define POLICY_JUDGE_RECORD_H

#include <stdint.h>

#include "policy/judge/decision.h"
#include "policy/judge/request.h"

/* Borrows everything for the time of a call. */
struct record {
	int64_t time_ms;                /* milliseconds since 1970, UTC */
	enum outcome outcome;
	struct slice queue_id;          /* absent: not assigned yet */
	struct slice session;           /* id of the SMTP session; or absent */
	const struct request *request;
	const struct decision *decision;
	enum action applied;            /* to the message, which may be
	                                 * stricter than decision->applied */
	enum listener_kind listener;
	enum mode mode;
	struct slice pause;             /* id of the one under which the
	                                 * decision was made; absent: none */
	const struct ruling *candidate; /* the ruling under the candidate
	                                 * policy; NULL: there is no such */
	const struct reply *reply;      /* NULL: no reply of ours */
	const char *policy_digest;      /* of the policy that judged */
	const struct shortening *shortening;    /* of addresses; NULL: none */
	bool has_generation;            /* false: there was no state */
	unsigned long generation;       /* of the state that judged */
};

/*
 * Writes the object without its last key `prev`, the closing brace and the
 * newline: record_chain() adds them when the line's place in the log is known.
 * out has size bytes; LIMIT_DECISION always fits. Returns the length.
 */
size_t record_json(const struct record *record, char *out, size_t size);

enum { RECORD_CHAIN = 80 };

/* Writes the end of a line. prev is the digest of the line before, 64 hex
 * digits, or NULL for the first one of a log. Returns the length; RECORD_CHAIN
 * bytes always fit. */
size_t record_chain(const char *prev, char *out, size_t size);

/* The name of a partner, or the key of a row, as a record has it: it may be an
 * address. In out, or name itself; absent when it does not fit. */
struct slice record_name(const struct shortening *shortening,
    struct slice name, char *out, size_t size);

/* Lost records with the same partner and reason. */
struct record_loss {
	struct slice partner;           /* absent: none */
	const char *reason;             /* NULL: partners and reasons that no
	                                 * other one names */
	uint64_t count;
};

/* Writes the object that stands for lost records, without its end as
 * record_json() does. list has at most 32. Returns the length. */
size_t record_lost_json(int64_t time_ms, uint64_t lost,
    const struct record_loss *list, size_t count, char *out, size_t size);

/* Writes the record as key=value, for syslog. LIMIT_DECISION always fits.
 * Returns the length. */
size_t record_text(const struct record *record, char *out, size_t size);
#endif
