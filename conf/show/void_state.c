/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/show/void_state.h"
#include "conf/show/print_json.h"
#include "conf/state/change.h"
#include "conf/state/statetext.h"
#include "policy/staging.h"

static bool
void_row_has_changed(const struct stage_entry *entry, const struct rule *rule)
{
	return entry->row_stage != rule->stage ||
	    entry->row_level != rule->demand.level;
}

/* Why the entry's stage is not in force; NULL when it is. *rule is today's rule
 * of its partner and hop, or NULL. */
static const char *
void_stage_why(const struct policy *policy, const struct state *state,
    const struct stage_entry *entry, const struct rule **rule)
{
	struct slice known_as;

	*rule = change_rule(policy, entry->partner, entry->hop, &known_as,
	    NULL);
	if (*rule == NULL)
		return "the policy no longer has this partner or hop";
	if (void_row_has_changed(entry, *rule))
		return "the row has changed since";
	if (state_stage(state, policy, *rule) == NULL)
		return "the policy does not allow a stage so low";
	return NULL;
}

const char *
void_exception_why(const struct policy *policy,
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

static json_t *
void_stage_json(const struct policy *policy, const struct state *state,
    const struct stage_entry *entry, bool for_people)
{
	const struct rule *rule;
	const char *why = void_stage_why(policy, state, entry, &rule);
	json_t *o = json_object();

	json_object_set_new(o, "partner", jsontext_shown(entry->partner));
	json_object_set_new(o, "hop", json_string(hop_name(entry->hop)));
	json_object_set_new(o, "stage", json_string(stage_name(entry->stage)));
	json_object_set_new(o, "row_stage",
	    json_string(stage_name(entry->row_stage)));
	json_object_set_new(o, "row_level",
	    json_string(level_name(entry->row_level)));
	json_object_set_new(o, "since", time_to_json(entry->since));
	json_object_set_new(o, "void_because", why == NULL
	    ? json_null() : json_string(why));
	if (for_people && rule != NULL && void_row_has_changed(entry, rule)) {
		json_object_set_new(o, "row_stage_now",
		    json_string(stage_name(rule->stage)));
		json_object_set_new(o, "row_level_now",
		    json_string(level_name(rule->demand.level)));
	}
	return o;
}

json_t *
void_stages_json(const struct policy *policy, const struct state *state,
    bool for_people)
{
	json_t *list = json_array();

	assert(policy != NULL && state != NULL);
	for (size_t i = 0; i < state->stage_count; i++)
		json_array_append_new(list, void_stage_json(policy, state,
		    &state->stages[i], for_people));
	return list;
}

json_t *
void_exceptions_json(const struct policy *policy, const struct state *state)
{
	json_t *list = json_array();

	assert(policy != NULL && state != NULL);
	for (size_t i = 0; i < state->exception_count; i++) {
		const struct exception *x = &state->exceptions[i];
		const char *why = void_exception_why(policy, x);
		json_t *o;

		if (why == NULL || x->until <= state->seen)
			continue;
		o = json_object();
		json_object_set_new(o, "id", jsontext_shown(x->id));
		json_object_set_new(o, "partner", jsontext_shown(x->partner));
		json_object_set_new(o, "hop", json_string(hop_name(x->hop)));
		json_object_set_new(o, "void_because", json_string(why));
		json_array_append_new(list, o);
	}
	return list;
}

static void
void_print_stage(const json_t *stage, FILE *out)
{
	const char *why = jsontext_at(stage, "void_because").p;
	const char *level_now = jsontext_at(stage, "row_level_now").p;

	if (why == NULL)
		return;
	fprintf(out, "void: %s %s, set to stage %s when its row had %s, %s",
	    jsontext_at(stage, "partner").p, jsontext_at(stage, "hop").p,
	    jsontext_at(stage, "stage").p, jsontext_at(stage, "row_level").p,
	    jsontext_at(stage, "row_stage").p);
	if (level_now == NULL)
		fprintf(out, ": %s\n", why);
	else
		fprintf(out, "; the row now has %s, %s\n", level_now,
		    jsontext_at(stage, "row_stage_now").p);
}

void
void_print(const json_t *stages, const json_t *exceptions, FILE *out)
{
	const json_t *o;
	size_t i;

	json_array_foreach(stages, i, o)
		void_print_stage(o, out);
	json_array_foreach(exceptions, i, o)
		fprintf(out, "void: exception %s for %s %s: %s\n",
		    jsontext_at(o, "id").p, jsontext_at(o, "partner").p,
		    jsontext_at(o, "hop").p, jsontext_at(o, "void_because").p);
}
