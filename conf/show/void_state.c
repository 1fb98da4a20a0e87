/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/show/void_state.h"
#include "conf/show/print_json.h"
#include "conf/state/change.h"
#include "conf/state/statetext.h"
#include "policy/staging.h"

const char *
void_stage(const struct policy *policy, const struct state *state,
    const struct stage_entry *entry, const struct rule **rule)
{
	struct slice known_as;

	*rule = change_rule(policy, entry->partner, entry->hop, &known_as,
	    NULL);
	if (*rule == NULL)
		return "the policy no longer has this partner or hop";
	if (state_stage(state, *rule) == NULL)
		return "the row has changed since";
	return NULL;
}

const char *
void_exception(const struct policy *policy,
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

static void
void_print_void_stage(const struct stage_entry *entry, const struct rule *rule,
    const char *why, FILE *out)
{
	char partner[128];

	slice_show(entry->partner, partner, sizeof(partner));
	fprintf(out, "void: %s %s, set to stage %s when its row had %s, %s",
	    partner, hop_name(entry->hop), stage_name(entry->stage),
	    level_name(entry->row_level), stage_name(entry->row_stage));
	if (rule == NULL)
		fprintf(out, ": %s\n", why);
	else
		fprintf(out, "; the row now has %s, %s\n",
		    level_name(rule->demand.level), stage_name(rule->stage));
}

void
void_state_print(const struct policy *policy, const struct state *state,
    FILE *out)
{
	for (size_t i = 0; i < state->stage_count; i++) {
		const struct rule *rule;
		const char *why = void_stage(policy, state,
		    &state->stages[i], &rule);

		if (why != NULL)
			void_print_void_stage(&state->stages[i], rule, why,
			    out);
	}
	for (size_t i = 0; i < state->exception_count; i++) {
		const struct exception *x = &state->exceptions[i];
		const char *why = void_exception(policy, x);
		char id[64], partner[128];

		if (why == NULL || x->until <= state->seen)
			continue;
		slice_show(x->id, id, sizeof(id));
		slice_show(x->partner, partner, sizeof(partner));
		fprintf(out, "void: exception %s for %s %s: %s\n", id,
		    partner, hop_name(x->hop), why);
	}
}

json_t *
void_state_json(const struct policy *policy, const struct state *state)
{
	json_t *list = json_array();

	for (size_t i = 0; i < state->stage_count; i++) {
		const struct stage_entry *s = &state->stages[i];
		const struct rule *rule;
		const char *why = void_stage(policy, state, s, &rule);
		json_t *o = json_object();

		json_object_set_new(o, "partner",
		    jsontext_shown(s->partner));
		json_object_set_new(o, "hop", json_string(hop_name(s->hop)));
		json_object_set_new(o, "stage",
		    json_string(stage_name(s->stage)));
		json_object_set_new(o, "row_stage",
		    json_string(stage_name(s->row_stage)));
		json_object_set_new(o, "row_level",
		    json_string(level_name(s->row_level)));
		json_object_set_new(o, "since", print_time_json(s->since));
		json_object_set_new(o, "void_because", why == NULL
		    ? json_null() : json_string(why));
		json_array_append_new(list, o);
	}
	return list;
}
