/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refusal - a refusal that no rule causes, but enforcetls itself
 */
#ifndef POLICY_JUDGE_REFUSAL_H
#define POLICY_JUDGE_REFUSAL_H

#include "policy/base/arena.h"
#include "policy/judge/decision.h"
#include "policy/policy.h"

/*
 * Adds a refusal that no rule caused, but enforcetls itself, and makes it the
 * strictest: a deferral for reason, with its reply, which shows the reference
 * ref. policy is NULL when none is in force. *ruling has been filled, or is
 * empty; it lives in a.
 */
void refusal_add(const struct policy *policy, struct slice ref,
    enum reason reason, struct arena *a, struct ruling *ruling);
#endif
