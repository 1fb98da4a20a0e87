/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nexthop - judges what was measured of a next hop by the outbound rules
 *
 * By the same judge as every other hop. Who measured, an MTA about to send
 * or a probe, makes no difference.
 */
#ifndef POLICY_OUTBOUND_NEXTHOP_H
#define POLICY_OUTBOUND_NEXTHOP_H

#include "policy/base/arena.h"
#include "policy/evidence/evidence.h"
#include "policy/outbound/outbound.h"
#include "policy/verdict.h"

/* What was measured of it. */
struct nexthop_proof {
	const struct evidence *evidence;
	bool dane;                      /* checked by its TLSA records */
};

struct nexthop {
	enum outbound_kind kind;        /* OK: judged. NOTFOUND: nothing is
	                                 * asked. TEMP: the key is no host,
	                                 * and may hide a rule */
	struct finding finding;         /* OK only */
	struct outbound_row speaks;     /* OK only: whose demand that was */
};

/*
 * Judges by each rule that acts for key at now, whatever the mode is. A
 * failure stays, whatever is judged after it. a is for the time of the call.
 */
void nexthop_judge(const struct policy *policy, const struct outbound_key *key,
    int64_t now, const struct nexthop_proof *proof, struct arena *a,
    struct nexthop *out);

/* Adds what another key of the same next hop gave: a failure comes before a
 * key that cannot be read, and that before what passes. */
void nexthop_merge(struct nexthop *into, const struct nexthop *other);
#endif
