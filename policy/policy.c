/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/policy.h"

enum level
policy_least(const struct policy *policy, const struct rule *rule)
{
	enum level least = policy->settings.exception_allow_plaintext
	    ? LEVEL_NONE : LEVEL_ENCRYPT;

	return rule->never_below > least ? rule->never_below : least;
}

const struct exception *
policy_exception(const struct policy *policy, const struct rule *rule,
    struct slice name, struct slice key, int64_t now)
{
	if (policy->overlay == NULL || policy->overlay->exceptions == NULL)
		return NULL;
	/* None is for everybody: the partner may have gained "*" since. */
	if (slice_eq(key, SLICE("*")))
		return NULL;
	return exceptions_find(policy->overlay->exceptions, name, rule->hop,
	    key, policy_least(policy, rule), now);
}
