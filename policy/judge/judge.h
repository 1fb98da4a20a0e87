/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge - judges one recipient by the rules of the table
 *
 * Finds the rules for every name of the recipient and of its sender, judges
 * and stages each, and applies the strictest action. Pure: the daemon,
 * `explain` and the tests call the same functions.
 */
#ifndef POLICY_JUDGE_JUDGE_H
#define POLICY_JUDGE_JUDGE_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/judge/decision.h"
#include "policy/judge/earlier.h"
#include "policy/judge/request.h"
#include "policy/policy.h"

/* Judges at RCPT all that does not need the message's header. *out lives in a
 * and borrows from policy and request. */
void judge_recipient(const struct policy *policy,
    const struct request *request, struct arena *a, struct ruling *out);

/* The fields of a message's header that rules rest on. */
struct header_evidence {
	struct received_fields received;
	bool tls_required_no;           /* it has "TLS-Required: no" */
};

/*
 * Judges at the end of the message what needs its header, for a recipient
 * whose ruling at RCPT has wants_headers: `earlier`, `inbound` and `entry` of
 * a session from an own relay (by the field of the edge relay), and
 * TLS-Required: no before an `outbound` rule. Decisions made at RCPT are not
 * made again. A refusal refuses the whole message. *out lives in a and borrows
 * from the rest. header keeps the fields parsed so far, in a as well: a is the
 * same arena for all recipients of a message.
 */
void judge_at_end(const struct policy *policy,
    const struct request *request, struct header_evidence *header,
    struct arena *a, struct ruling *out);
#endif
