/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nexthop - judges the evidence of a next hop by the outbound rules
 *
 * With verdict_decide(), as every other hop. Whether an MTA about to send or a
 * probe measured it makes no difference.
 */
#ifndef POLICY_OUTBOUND_NEXTHOP_H
#define POLICY_OUTBOUND_NEXTHOP_H

#include "policy/base/arena.h"
#include "policy/evidence/evidence.h"
#include "policy/outbound/outbound.h"
#include "policy/verdict.h"

/* The measurement. Borrows for the time of a call. */
struct nexthop_proof {
	const struct evidence *evidence;
	bool dane;                      /* its TLSA records matched */
};

struct nexthop {
	enum outbound_kind kind;        /* OK: judged. NOTFOUND: no rule
	                                 * demands anything. TEMP: the key is
	                                 * no host, so a rule may be missed */
	struct finding finding;         /* OK only */
	struct outbound_row judged_by;  /* OK only */
	const struct demand *demand;    /* OK only; of judged_by, before its
	                                 * exception */
};

/*
 * Judges by the rules that act for key at now (seconds since 1970), in mode
 * "log-only" too. The finding is the first failure, or else the last pass. a is
 * used only during the call; *out borrows only from policy.
 */
void nexthop_judge(const struct policy *policy, const struct outbound_key *key,
    int64_t now, const struct nexthop_proof *proof, struct arena *a,
    struct nexthop *out);

/* Merges the result for another key of the same next hop: a failure comes
 * before TEMP, TEMP before a pass, a pass before NOTFOUND. */
void nexthop_merge(struct nexthop *into, const struct nexthop *other);
#endif
