/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/effective.h"
#include "conf/state/change.h"

const char *
effective_exception_not(const struct policy *policy,
    const struct exception *exception)
{
	struct slice known_as;
	const struct rule *rule = change_rule(policy, exception->partner,
	    exception->hop, &known_as, NULL);

	if (rule == NULL)
		return "the policy no longer has this partner or hop";
	if (exception->floor < policy_least(policy, rule))
		return "the policy no longer allows a floor so low";
	return NULL;
}

const char *
effective_stage_not(const struct policy *policy, const struct state *state,
    const struct stage_entry *entry, const struct rule **rule,
    struct stage_effect *effect)
{
	struct slice known_as;

	*effect = (struct stage_effect){ .entry = entry };
	*rule = change_rule(policy, entry->partner, entry->hop, &known_as,
	    NULL);
	if (*rule == NULL)
		return "the policy no longer has this partner or hop";
	stages_effect(state, policy, *rule, effect);
	return effect->void_because;
}

static void
effective_count_exceptions(const struct policy *policy,
    const struct state *state, int64_t now, struct effective *out)
{
	for (size_t i = 0; i < state->exception_count; i++) {
		const struct exception *x = &state->exceptions[i];

		if (x->until <= now)
			continue;
		if (effective_exception_not(policy, x) != NULL)
			out->exceptions_void++;
		else if (x->from > now)
			out->exceptions_later++;
		else
			out->exceptions++;
	}
}

void
effective_count(const struct policy *policy, const struct state *state,
    int64_t now, struct effective *out)
{
	const struct rule *rule;
	struct stage_effect effect;

	assert(policy != NULL);
	*out = (struct effective){ .exceptions = 0 };
	if (state == NULL)
		return;
	effective_count_exceptions(policy, state, now, out);
	for (size_t i = 0; i < state->stage_count; i++)
		if (effective_stage_not(policy, state, &state->stages[i],
			&rule, &effect) != NULL)
			out->stages_void++;
		else
			out->stages++;
	assert(out->stages + out->stages_void == state->stage_count);
}
