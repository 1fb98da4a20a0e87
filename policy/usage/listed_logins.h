/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listed_logins - the login names of the policy, found again by their codes
 *
 * A log with log.addresses = "hashed" has a code in place of a login name.
 * Nobody reads a name from it, but whoever has the key can tell the code of a
 * name that is known.
 */
#ifndef POLICY_USAGE_LISTED_LOGINS_H
#define POLICY_USAGE_LISTED_LOGINS_H

#include "policy/audit/recorded.h"
#include "policy/policy.h"

struct listed_logins;

/* Returns new, for listed_logins_destroy(): the names that rules and services
 * of policy list. hashed has the key; borrows policy. */
struct listed_logins *listed_logins_create(const struct policy *policy,
    const struct shortening *hashed);
void listed_logins_destroy(struct listed_logins **logins);

/* Puts the name in place of its code; does nothing to a record without one.
 * logins may be NULL. */
void listed_logins_restore(const struct listed_logins *logins,
    struct recorded *record);
#endif
