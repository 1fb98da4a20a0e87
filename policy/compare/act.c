/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/compare/act.h"
#include "policy/table/demand_cover.h"
#include "policy/staging.h"

/* What mail must prove whatever exceptions are granted: the level that they
 * cannot go below. allow_plaintext, a setting, is compared by itself. */
static enum level
act_guarantee(const struct policy *policy, const struct act *act)
{
	enum level least;

	if (act->demand == NULL)
		return LEVEL_VERIFY;
	least = act->rule == NULL ? act->demand->level
	    : policy_least(policy, act->rule);
	return act->demand->level < least ? act->demand->level : least;
}

bool
act_takes_exceptions(const struct policy *policy, const struct act *act)
{
	return act->rule != NULL && policy->overlay != NULL &&
	    !slice_eq(act->key, SLICE("*"));
}

/* Whether an exception of act is in force whenever x is, and asks no more. */
static bool
act_has_exception(const struct policy *policy, const struct act *act,
    const struct exception *x, int64_t now)
{
	const struct exception *own = NULL;

	if (!act_takes_exceptions(policy, act))
		return false;
	while ((own = exceptions_next(policy->overlay->exceptions,
		    act->partner, act->rule->hop, act->key,
		    policy_least(policy, act->rule), now, own)) != NULL)
		if (own->floor <= x->floor && own->from <= x->from &&
		    own->until >= x->until)
			return true;
	return false;
}

/* Whether no exception of by, now or later, lets pass what act, an act of the
 * policy of, would not. */
static bool
act_exceptions_are_covered(const struct policy *of, const struct act *act,
    const struct policy *by_policy, const struct act *by,
    enum demand_part part, int64_t now)
{
	const struct exception *x = NULL;

	if (!act_takes_exceptions(by_policy, by))
		return true;
	while ((x = exceptions_next(by_policy->overlay->exceptions,
		    by->partner, by->rule->hop, by->key,
		    policy_least(by_policy, by->rule), now, x)) != NULL) {
		struct demand floor = exception_demand(x);

		if (!demand_part_is_covered(act->demand, part, &floor) &&
		    !act_has_exception(of, act, x, now))
			return false;
	}
	return true;
}

/* Whether by is for every client that act is for. */
static bool
act_clients_are_covered(const struct act *act, const struct act *by)
{
	if (by->rule == NULL || by->rule->elsewhere != ELSEWHERE_LOG ||
	    !demand_names_clients(by->demand))
		return true;
	return act->rule != NULL && act->rule->elsewhere == ELSEWHERE_LOG &&
	    act->demand != NULL && demand_names_clients(act->demand) &&
	    demand_clients_are_covered(act->demand, by->demand);
}

/* Whether by is as severe as act, and for as many clients. */
static bool
act_is_as_severe(const struct act *act, const struct act *by)
{
	return stage_compare(by->stage, act->stage) >= 0 &&
	    act_clients_are_covered(act, by);
}

static bool
act_part_is_covered(const struct policy *of, const struct act *act,
    enum demand_part part, const struct acts *acts, int64_t now)
{
	for (size_t i = 0; i < acts->count; i++) {
		const struct act *by = &acts->list[i];

		if (!act_is_as_severe(act, by))
			continue;
		if (by->demand == NULL ||
		    (demand_part_is_covered(act->demand, part, by->demand) &&
			act_exceptions_are_covered(of, act, acts->policy,
			    by, part, now)))
			return true;
	}
	return false;
}

/* Whether acts guarantee, whatever exceptions are granted, what act does. */
static bool
act_guarantee_is_covered(const struct policy *of, const struct act *act,
    const struct acts *acts)
{
	enum level least = act_guarantee(of, act);

	for (size_t i = 0; i < acts->count; i++)
		if (act_is_as_severe(act, &acts->list[i]) &&
		    act_guarantee(of, &acts->list[i]) >= least)
			return true;
	return least <= LEVEL_NONE;
}

/* Whether acts ask every part of what act asks. */
static bool
act_demand_is_covered(const struct policy *of, const struct act *act,
    const struct acts *by, int64_t now)
{
	for (unsigned i = 0; i < PART_COUNT; i++) {
		enum demand_part part = (enum demand_part)i;

		if (demand_asks_part(act->demand, part) &&
		    !act_part_is_covered(of, act, part, by, now))
			return false;
	}
	return true;
}

/* Nothing passes an act without a demand: only another one covers it. */
static bool
act_refusal_is_covered(const struct act *act, const struct acts *acts)
{
	for (size_t i = 0; i < acts->count; i++)
		if (acts->list[i].demand == NULL &&
		    act_is_as_severe(act, &acts->list[i]))
			return true;
	return false;
}

bool
act_is_covered(const struct policy *of, const struct act *act,
    const struct acts *by, int64_t now)
{
	if (act->demand == NULL)
		return act_refusal_is_covered(act, by);
	return act_demand_is_covered(of, act, by, now) &&
	    act_guarantee_is_covered(of, act, by);
}

bool
act_is_kept(const struct policy *of, const struct act *act,
    const struct acts *by, int64_t now)
{
	static const struct demand encrypt = { .level = LEVEL_ENCRYPT };
	struct act named = *act;

	if (act->rule != NULL)
		return act_is_covered(of, act, by, now);
	named.demand = &encrypt;
	return act_demand_is_covered(of, &named, by, now);
}

void
act_add(const struct act *act, struct text *out)
{
	char shown[4 * LIMIT_PATH + 8];

	if (act->demand == NULL)
		text_add(out, "nothing passes");
	else
		demand_add(act->demand, out);
	text_add(out, ", %s", stage_name(act->stage));
	if (act->rule == NULL) {
		text_add(out, " (unlisted_routes)");
		return;
	}
	if (act->rule->elsewhere == ELSEWHERE_LOG)
		text_add(out, ", elsewhere log");
	if (act->rule->never_below != LEVEL_UNSET)
		text_add(out, ", never below %s",
		    level_name(act->rule->never_below));
	/* A line of the table that names a profile is its own partner. */
	if (act->rule->partner->name.p == NULL)
		return;
	slice_show(act->partner, shown, sizeof(shown));
	text_add(out, " (%s)", shown);
}
