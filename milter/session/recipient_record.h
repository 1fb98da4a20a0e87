/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recipient_record - a recipient with its decisions, as the log records it
 */
#ifndef MILTER_SESSION_RECIPIENT_RECORD_H
#define MILTER_SESSION_RECIPIENT_RECORD_H

#include <stdint.h>

#include "conf/snapshot.h"
#include "policy/judge/judge.h"
#include "policy/judge/kept_request.h"

/* One RCPT that was decided. Lives in its message's arena. */
struct recipient_record {
	struct kept_request request;
	struct ruling ruling;           /* at RCPT */
	struct ruling *at_end;          /* from the header; or NULL */
	struct ruling *candidate;       /* of the candidate; or NULL */
	/* What it was judged by; borrows until the message's end. NULL: no
	 * policy is in force. */
	const struct snapshot *snapshot;
	const struct policy *policy;    /* of the snapshot */
	int64_t time_ms;                /* of the decision, since 1970 */
	bool recorded;
	struct recipient_record *next;
};

/* What the recipients of a message share when they are recorded. */
struct record_context {
	uint64_t session;               /* its number, see session.h */
	enum outcome outcome;
	struct slice queue_id;
	enum action applied;            /* to the whole message; UNSET: to
	                                 * each the action of its ruling */
	const struct reply *refusal;    /* NULL: none */
};

/* Judges it by its policy, and by the candidate policy for the record only.
 * Forgets what was judged before. The rulings live in a. */
void recipient_record_judge(struct recipient_record *recipient,
    struct arena *a);

/* The strictest action of both its rulings. */
enum action recipient_record_applied(const struct recipient_record *recipient);

/* The one of its two rulings that has that action. */
const struct ruling *recipient_record_ruling(
    const struct recipient_record *recipient);

/* Whether any rule is about it. One that no rule is about is never deferred,
 * whatever fails here. */
bool recipient_record_is_asked(const struct recipient_record *recipient);

/* Whether it is deferred because the end of its message may never come. */
bool recipient_record_lacks_end(const struct recipient_record *recipient);

/* Counts as faults what its decisions ask for and this MTA cannot do. */
void recipient_record_count_faults(const struct recipient_record *recipient);

/* Queues a line of the decision log for each rule judged, and one of syslog
 * when the settings ask for it. Never blocks. */
void recipient_record_write(const struct record_context *recording,
    const struct recipient_record *recipient);
#endif
