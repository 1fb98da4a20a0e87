/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * service_reach - whether whom one service finds is found by another one, too
 */
#ifndef POLICY_COMPARE_SERVICE_REACH_H
#define POLICY_COMPARE_SERVICE_REACH_H

#include <stdbool.h>

#include "policy/base/text.h"
#include "policy/policy.h"

/* The service of policy with this key; NULL: there is none. Borrows. */
const struct service *service_with_key(const struct policy *policy,
    struct slice key);

/* Whether every session that inner, a service of the policy of, finds is found
 * by outer, one of the policy by. false where that is not plain to see. */
bool service_reaches(const struct policy *of, const struct service *inner,
    const struct policy *by, const struct service *outer);

/* Adds what finds the service, for people to read: as service_add(), with the
 * listeners that its names are of, or its own, and those before them that take
 * sessions from them. What is not the same does not read the same. */
void service_add_finds(const struct policy *policy,
    const struct service *service, struct text *out);
#endif
