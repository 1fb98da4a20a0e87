/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smarthost - the rules that a relay of this site does not hold
 *
 * The milter does not see all mail that leaves (FACTS 88). What it does not see
 * is asked of the relay's own row alone, so a relay without a row, or with one
 * that asks less, undercuts the rules of partners.
 */
#ifndef POLICY_OUTBOUND_SMARTHOST_H
#define POLICY_OUTBOUND_SMARTHOST_H

#include "policy/base/text.h"
#include "policy/policy.h"

/*
 * Whether a rule acts, at now (seconds since 1970), that smarthost, one of the
 * settings', does not cover. Then one sentence is added to out: what smarthost
 * lacks, and the names of the first partners.
 */
bool smarthost_undercuts(const struct policy *policy, struct slice smarthost,
    int64_t now, struct text *out);

/* Whether every smarthost covers demand, which is one of rule or the floor of
 * an exception from it. */
bool smarthosts_cover(const struct policy *policy, const struct rule *rule,
    const struct demand *demand, int64_t now);
#endif
