/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/show/rule_stage.h"
#include "conf/screen/paint.h"
#include "conf/show/print_json.h"
#include "policy/staging.h"

enum {
	DAY = 86400,
	NEED = 600                      /* the log cuts a demand there */
};

struct rule_stage
rule_stage_of(const struct rule_stages *known, const struct rule *rule)
{
	struct rule_stage s = { .rule = rule };

	assert(rule->partner != NULL);
	stages_effect(known->state, known->policy, rule, &s.effect);
	s.stage = s.effect.stage;
	if (s.effect.entry != NULL && s.effect.kept == NULL &&
	    s.effect.entry->stage == s.stage && s.effect.void_because == NULL)
		s.entry = s.effect.entry;
	if (s.entry != NULL)
		s.since = s.entry->since;
	else if (s.stage == STAGE_LOG_ONLY)
		s.since = log_only_age_of(known->ages, rule->partner->name,
		    rule->hop);
	s.overdue = s.stage == STAGE_LOG_ONLY && s.since > 0 &&
	    known->now - s.since > (int64_t)RULE_STAGE_OVERDUE_DAYS * DAY;
	return s;
}

json_t *
rule_stage_kept_json(const struct stage_effect *effect)
{
	char need[NEED];

	if (effect->kept == NULL)
		return json_null();
	demand_show(effect->kept, need, sizeof(need));
	return json_pack("{s:o,s:s,s:o}", "need",
	    jsontext_exact(slice_of(need)), "stage",
	    stage_name(effect->kept_stage), "since",
	    time_to_json(effect->entry->since));
}

json_t *
rule_stage_json(const struct rule_stage *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "partner",
	    jsontext_exact(s->rule->partner->name));
	json_object_set_new(o, "hop", json_string(hop_name(s->rule->hop)));
	json_object_set_new(o, "stage", json_string(stage_name(s->stage)));
	json_object_set_new(o, "row_stage",
	    json_string(stage_name(s->rule->stage)));
	json_object_set_new(o, "by_tool", json_boolean(s->entry != NULL));
	json_object_set_new(o, "since", time_to_json(s->since));
	json_object_set_new(o, "overdue", json_boolean(s->overdue));
	json_object_set_new(o, "rule", place_to_json(s->rule->place));
	json_object_set_new(o, "kept", rule_stage_kept_json(&s->effect));
	return o;
}

static void
rule_stage_print_kept(const json_t *kept, FILE *out)
{
	if (!json_is_object(kept))
		return;
	fprintf(out, "    and %s since %s for what the row demanded then: "
	    "%s\n", jsontext_at(kept, "stage").p,
	    jsontext_at(kept, "since").p, jsontext_at(kept, "need").p);
}

void
rule_stage_print(const json_t *stage, FILE *out)
{
	bool by_tool = json_is_true(json_object_get(stage, "by_tool"));
	bool overdue = json_is_true(json_object_get(stage, "overdue"));
	struct slice since = jsontext_at(stage, "since");
	const char *name = jsontext_at(stage, "stage").p;
	char partner[128];

	show_member(stage, "partner", partner, sizeof(partner));
	fprintf(out, "%-20s %-9s ", partner, jsontext_at(stage, "hop").p);
	paint(out, paint_of_stage(name), name);
	fprintf(out, "%*s %s%.*s%s\n", 9 - (int)strlen(name), "",
	    by_tool ? "since " : since.p != NULL
	    ? "as in the policy file, recorded since "
	    : "as in the policy file", SLICE_ARGS(since), overdue
	    ? "\n    in log-only for over 60 days: raise the stage, or remove "
	        "the rule"
	    : "");
	rule_stage_print_kept(json_object_get(stage, "kept"), out);
}
