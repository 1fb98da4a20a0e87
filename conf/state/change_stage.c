/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/state/change_stage.h"
#include "conf/state/change_event.h"
#include "conf/state/stages.h"
#include "policy/base/text.h"
#include "policy/staging.h"
#include "policy/table/demand_cover.h"
#include "policy/table/demandtext.h"

enum {
	/* Octets of a demand in the history: two of them fit an event. */
	EVENT_DEMAND = 16384
};

/* The demand as the history has it, from which a lost state is rebuilt. One too
 * long for a line is left out: then the level counts. */
static json_t *
change_demand_json(const struct demand *demand, struct arena *a)
{
	struct slice text = demand == NULL ? SLICE_NONE
					   : demandtext_of(demand, a);

	return text.n > 0 && text.n <= EVENT_DEMAND
	    ? json_stringn(text.p, text.n) : json_null();
}

static int
change_write_stage_event(const struct change *c, const struct rule *rule,
    const struct stage_effect *before, struct arena *a, char *event,
    size_t size, struct err *e)
{
	json_t *o = json_object();

	change_event_text(o, "event", SLICE("stage"));
	change_event_text(o, "partner", c->partner);
	change_event_text(o, "hop", slice_of(hop_name(c->hop)));
	change_event_text(o, "stage", slice_of(stage_name(c->stage)));
	change_event_text(o, "before",
	    slice_of(stage_name(stages_highest(before))));
	change_event_text(o, "row_stage", slice_of(stage_name(rule->stage)));
	change_event_text(o, "row_level",
	    slice_of(level_name(rule->demand.level)));
	json_object_set_new(o, "demand", change_demand_json(&rule->demand, a));
	if (before->kept != NULL)
		json_object_set_new(o, "ended_demand",
		    change_demand_json(before->kept, a));
	change_event_text(o, "ignored_client", c->ignored_client);
	json_object_set_new(o, "force", json_boolean(c->force));
	json_object_set_new(o, "ignored_unverified",
	    json_boolean(c->ignored_unverified));
	return change_event_write(event, size, o, e);
}

/* What may be done instead of setting a stage that has no end. */
static const char *
change_instead_of_stage(const struct policy *policy, const struct rule *rule)
{
	if (policy_is_for_all(policy, rule))
		return "set it in the policy file, or add a row for the "
		    "destination";
	if (exception_floor_lowers(policy_least(policy, rule), &rule->demand))
		return "grant an exception, or set the stage in the policy "
		    "file";
	/* No exception may ask less than the rule. */
	return "set the stage in the policy file";
}

/* A stage has no end, so it must not let mail pass that only an exception,
 * which ends, may let pass. */
static int
change_check_lowering(const struct policy *policy, const struct rule *rule,
    enum stage stage, enum stage before, struct err *e)
{
	if (policy->settings.exception_four_eyes && stage < before)
		return err_set(e, "exceptions.four_eyes is set, and one person "
		    "sets a stage: %s", change_instead_of_stage(policy, rule));
	if (stage > before || !stage_acts_below_defer(stage))
		return 0;
	/* Also where only the command has raised the stage. */
	if (rule->never_below > LEVEL_NONE && !stage_acts_below_defer(before))
		return err_set(e, "%s:%u sets never_below = \"%s\", and a "
		    "stage has no end: %s", rule->place.file,
		    rule->place.line, level_name(rule->never_below),
		    change_instead_of_stage(policy, rule));
	if (policy_allows_stage(policy, rule, stage))
		return 0;
	return err_set(e, "the policy sets %s%s, and a stage has no end: %s",
	    stage_name(rule->stage), policy_is_for_all(policy, rule)
	    ? " for \"*\"" : " and does not allow plaintext",
	    change_instead_of_stage(policy, rule));
}

/* What the row demanded before and goes on acting would end: one person cannot
 * do that either, where the row does not demand as much now. */
static int
change_check_kept(const struct policy *policy, const struct rule *rule,
    const struct stage_effect *before, struct err *e)
{
	if (!policy->settings.exception_four_eyes || before->kept == NULL ||
	    stage_acts_below_defer(before->kept_stage) ||
	    demand_covers(&rule->demand, before->kept))
		return 0;
	return err_set(e, "exceptions.four_eyes is set, and this would end "
	    "what %s:%u demanded before and that still acts: %s",
	    rule->place.file, rule->place.line,
	    change_instead_of_stage(policy, rule));
}

static int
change_check_stage(const struct change *c, const struct rule *rule,
    struct err *e)
{
	char words[STAGE_LIST];
	struct text list;

	text_init(&list, words, sizeof(words));
	stage_list_for(c->hop, &list);
	if (rule->partner->name.p == NULL)
		return err_set(e, "lines of a table share the stage of their "
		    "profile: set it there");
	if (c->stage == STAGE_UNSET)
		return err_set(e, "the stage must be %s", words);
	if (!stage_is_for(c->stage, c->hop))
		return err_set(e, "%s cannot %s: it takes %s",
		    hop_name(c->hop), stage_name(c->stage), words);
	return 0;
}

/* The file would not be written any more, and Postfix would go on with the old
 * one: see policy/outbound/staticmap. */
static int
change_check_static(const struct policy *policy, const struct rule *rule,
    const struct change *c, struct err *e)
{
	if (policy->settings.map_static.p == NULL || c->hop != HOP_OUTBOUND ||
	    stage_acts_below_defer(c->stage) ||
	    !policy_is_for_all(policy, rule))
		return 0;
	return err_set(e, "\"*\" cannot act in map.static: a file has no key "
	    "for everything else. Name the domains, or use map.listen");
}

/* Puts the stage into the list. */
static void
change_put_stage(struct state *state, const struct change *c,
    const struct rule *rule)
{
	struct stage_entry *list;
	size_t n;

	stages_remove(state, c->partner, c->hop);
	n = state->stage_count;
	list = arena_grow(state->arena, state->stages, n, n + 1,
	    sizeof(*list));
	list[n++] = (struct stage_entry){ .partner = c->partner,
		.hop = c->hop, .stage = c->stage, .row_stage = rule->stage,
		.row_level = rule->demand.level, .demand = &rule->demand,
		.since = state->seen, .reason = c->reason };
	state->stages = list;
	state->stage_count = n;
	stages_sort(state);
}

/* The policy with the state as it is now, whose overlay goes to *overlay. */
static struct policy
change_view(struct state *state, const struct policy *policy,
    struct overlay *overlay)
{
	struct policy view = *policy;

	state_apply(state, policy);
	*overlay = state->overlay;
	view.overlay = overlay;
	return view;
}

/* The same, unless a rule acts on less then. A higher stage can do that: a row
 * that acts silences the less specific one, which may demand more. */
static int
change_put_stage_without_loss(struct state *state, const struct change_call *m,
    const struct rule *rule, struct err *e)
{
	struct overlay before, after;
	struct policy old = change_view(state, m->policy, &before), new;

	change_put_stage(state, m->change, rule);
	new = change_view(state, m->policy, &after);
	if (m->actor->losses != NULL &&
	    m->actor->losses(&old, &new, state->seen) == 0)
		return 0;
	if (m->policy->settings.exception_four_eyes)
		return err_set(e, "exceptions.four_eyes is set, and a rule "
		    "would act on less then, such as one for a less specific "
		    "key: %s", change_instead_of_stage(m->policy, rule));
	return err_set(e, "a rule for a less specific key would act on less "
	    "then: write stage = \"%s\"; in the rule at %s:%u, and reload: "
	    "that prints what is lost, and takes it by its digest",
	    stage_name(m->change->stage), rule->place.file, rule->place.line);
}

/* Lowering a stage is meant to let mail pass, and so is the end of what the row
 * demanded before. */
static bool
change_may_lose(const struct policy *policy, enum stage stage,
    const struct stage_effect *before)
{
	return !policy->settings.exception_four_eyes &&
	    (before->row_changed || stage <= stages_highest(before));
}

int
change_stage_set(struct state *state, const struct change_call *m,
    char *event, size_t size, struct err *e)
{
	const struct change *c = m->change;
	const struct policy *policy = m->policy;
	struct slice canonical;
	const struct rule *rule = change_rule(policy, c->partner, c->hop,
	    &canonical, e);
	struct stage_effect before;

	if (rule == NULL)
		return -1;
	stages_effect(state, policy, rule, &before);
	if (change_check_stage(c, rule, e) < 0)
		return -1;
	/* Set anew, it ends what the row demanded before. */
	m->made->already = c->stage == before.stage && !before.row_changed;
	if (m->made->already)
		return 0;
	if (policy->settings.stages_from == STAGES_FROM_FILE)
		return err_set(e, "stages_from is \"file\": write stage = "
		    "\"%s\"; in the rule at %s:%u, and reload",
		    stage_name(c->stage), rule->place.file, rule->place.line);
	if (change_check_lowering(policy, rule, c->stage,
		stages_highest(&before), e) < 0 ||
	    change_check_kept(policy, rule, &before, e) < 0 ||
	    change_check_static(policy, rule, c, e) < 0)
		return -1;
	if (change_may_lose(policy, c->stage, &before))
		change_put_stage(state, c, rule);
	else if (change_put_stage_without_loss(state, m, rule, e) < 0)
		return -1;
	return change_write_stage_event(c, rule, &before, state->arena, event,
	    size, e);
}

int
change_stage_end(struct state *state, const struct change_call *m,
    char *event, size_t size, struct err *e)
{
	const struct change *c = m->change;
	size_t before = state->stage_count;
	struct slice known_as;
	char shown[128];
	json_t *o;

	slice_show(c->partner, shown, sizeof(shown));
	if (change_rule(m->policy, c->partner, c->hop, &known_as, NULL) != NULL)
		return err_set(e, "%s has a rule for %s: give it the stage of "
		    "the policy file with `enforcetls stage`", shown,
		    hop_name(c->hop));
	stages_remove(state, c->partner, c->hop);
	if (state->stage_count == before)
		return err_set(e, "no stage is set for %s %s: `enforcetls "
		    "state` lists those of partners that are gone", shown,
		    hop_name(c->hop));
	o = json_object();
	change_event_text(o, "event", SLICE("end-stage"));
	json_object_set_new(o, "ended_stages", json_pack("[o]",
	    json_sprintf("%.*s %s", SLICE_ARGS(c->partner),
		hop_name(c->hop))));
	return change_event_write(event, size, o, e);
}
