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
#include "policy/judge/decision.h"
#include "policy/judge/destination.h"
#include "policy/judge/request.h"
#include "policy/policy.h"

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
#endif
