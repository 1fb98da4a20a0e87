/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/show/void_state.h"
#include "conf/effective.h"
#include "conf/show/print_json.h"
#include "conf/state/statetext.h"
#include "policy/staging.h"

/* Octets of a demand in words. */
enum { DEMAND = 600 };

/* The demand of a row, or of one that it had, in words. */
static void
void_add_need(json_t *o, const char *key, const struct demand *demand)
{
	char text[DEMAND];

	if (demand != NULL)
		demand_show(demand, text, sizeof(text));
	json_object_set_new(o, key, demand == NULL ? json_null()
	    : jsontext_exact(slice_of(text)));
}

/* What the row has today, of which an entry that is in force may differ. */
static void
void_add_today(json_t *o, const struct rule *rule,
    const struct stage_effect *effect)
{
	json_object_set_new(o, "row_stage_now",
	    json_string(stage_name(rule->stage)));
	json_object_set_new(o, "row_level_now",
	    json_string(level_name(rule->demand.level)));
	void_add_need(o, "need_now", &rule->demand);
	json_object_set_new(o, "stage_now",
	    json_string(stage_name(effect->stage)));
}

static json_t *
void_stage_json(const struct policy *policy, const struct state *state,
    const struct stage_entry *entry)
{
	const struct rule *rule;
	struct stage_effect effect;
	const char *why = effective_stage_not(policy, state, entry, &rule,
	    &effect);
	json_t *o = json_object();

	json_object_set_new(o, "partner", jsontext_shown(entry->partner));
	json_object_set_new(o, "hop", json_string(hop_name(entry->hop)));
	json_object_set_new(o, "stage", json_string(stage_name(entry->stage)));
	json_object_set_new(o, "row_stage",
	    json_string(stage_name(entry->row_stage)));
	json_object_set_new(o, "row_level",
	    json_string(level_name(entry->row_level)));
	void_add_need(o, "need", entry->demand);
	json_object_set_new(o, "since", time_to_json(entry->since));
	json_object_set_new(o, "void_because", why == NULL
	    ? json_null() : json_string(why));
	void_add_need(o, "kept", effect.kept);
	json_object_set_new(o, "differs",
	    json_boolean(rule != NULL && effect.row_changed));
	if (rule != NULL)
		void_add_today(o, rule, &effect);
	return o;
}

json_t *
void_stages_json(const struct policy *policy, const struct state *state)
{
	json_t *list = json_array();

	assert(policy != NULL && state != NULL);
	for (size_t i = 0; i < state->stage_count; i++)
		json_array_append_new(list, void_stage_json(policy, state,
		    &state->stages[i]));
	return list;
}

json_t *
void_exceptions_json(const struct policy *policy, const struct state *state,
    int64_t now)
{
	json_t *list = json_array();

	assert(policy != NULL && state != NULL);
	for (size_t i = 0; i < state->exception_count; i++) {
		const struct exception *x = &state->exceptions[i];
		const char *why = effective_exception_not(policy, x);
		json_t *o;

		if (why == NULL || x->until <= now)
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

/* A stage that goes on acting for what the row demanded before. */
static void
void_print_kept(const json_t *stage, FILE *out)
{
	fprintf(out, "differs: %s %s: stage %s was set for \"%s\", which goes "
	    "on acting;\n    the row now demands \"%s\", which is at %s as in "
	    "the policy file\n", jsontext_at(stage, "partner").p,
	    jsontext_at(stage, "hop").p, jsontext_at(stage, "stage").p,
	    jsontext_at(stage, "kept").p, jsontext_at(stage, "need_now").p,
	    jsontext_at(stage, "row_stage_now").p);
}

static void
void_print_higher(const json_t *stage, FILE *out)
{
	fprintf(out, "differs: %s %s: stage %s was set when the policy file "
	    "had %s, and it now has %s:\n    the higher, %s, is in force\n",
	    jsontext_at(stage, "partner").p, jsontext_at(stage, "hop").p,
	    jsontext_at(stage, "stage").p, jsontext_at(stage, "row_stage").p,
	    jsontext_at(stage, "row_stage_now").p,
	    jsontext_at(stage, "stage_now").p);
}

static void
void_print_stage(const json_t *stage, FILE *out)
{
	const char *why = jsontext_at(stage, "void_because").p;

	if (why != NULL) {
		fprintf(out, "void: %s %s, set to stage %s when its row had "
		    "%s, %s: %s\n", jsontext_at(stage, "partner").p,
		    jsontext_at(stage, "hop").p,
		    jsontext_at(stage, "stage").p,
		    jsontext_at(stage, "row_level").p,
		    jsontext_at(stage, "row_stage").p, why);
		if (jsontext_at(stage, "stage_now").p == NULL)
			fprintf(out, "    (to end it: `enforcetls stage %s %s "
			    "--end --reason WHY`)\n",
			    jsontext_at(stage, "partner").p,
			    jsontext_at(stage, "hop").p);
		return;
	}
	if (!json_is_true(json_object_get(stage, "differs")))
		return;
	if (jsontext_at(stage, "kept").p != NULL)
		void_print_kept(stage, out);
	else
		void_print_higher(stage, out);
	fprintf(out, "    (to set it for what the row has now: `enforcetls "
	    "stage %s %s STAGE --reason WHY`)\n",
	    jsontext_at(stage, "partner").p, jsontext_at(stage, "hop").p);
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
