/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * route - whether the map holds a recipient's route to an outbound rule
 *
 * At RCPT only a route shows: the hop out comes later. A route that the MTA did
 * not show, or that cannot be read, is undecided.
 */
#ifndef POLICY_JUDGE_ROUTE_H
#define POLICY_JUDGE_ROUTE_H

#include "policy/judge/request.h"
#include "policy/policy.h"
#include "policy/verdict.h"

/*
 * Whether the map demands at least demand of every next hop of the request's
 * route. rule is the rule that demand belongs to, key the key of its row.
 *
 * Without a route (sendmail(1): FACTS 35) mail may go to the recipient's
 * domain, which the rule itself covers, or to a relay of this site: it passes
 * only if the settings list those, and all of them cover the demand.
 */
struct finding route_decide(const struct policy *policy,
    const struct request *request, const struct rule *rule, struct slice key,
    const struct demand *demand);
#endif
