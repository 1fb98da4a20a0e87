/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * norule - why no rule decides about a recipient
 */
#ifndef POLICY_JUDGE_NORULE_H
#define POLICY_JUDGE_NORULE_H

#include "policy/judge/destination.h"
#include "policy/policy.h"
#include "policy/verdict.h"

/*
 * The finding for a recipient that no rule has decided about. It passes, with
 * the reason, only in the cases listed here: in any other, as when a name could
 * not be looked up, it is undecided.
 */
struct finding norule_why(const struct policy *policy,
    const struct destinations *from, const struct destinations *to);
#endif
