/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * service_reach - whether whom one service finds is found by another one, too
 */
#ifndef POLICY_COMPARE_SERVICE_REACH_H
#define POLICY_COMPARE_SERVICE_REACH_H

#include <stdbool.h>

#include "policy/policy.h"

/* The service of policy with this key; NULL: there is none. Borrows. */
const struct service *service_with_key(const struct policy *policy,
    struct slice key);

/* Whether every session that inner, a service of the policy of, finds is found
 * by outer, one of the policy by. false where that is not plain to see. */
bool service_reaches(const struct policy *of, const struct service *inner,
    const struct policy *by, const struct service *outer);
#endif
