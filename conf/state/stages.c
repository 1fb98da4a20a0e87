/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/state/stages.h"
#include "conf/state/change.h"
#include "policy/table/demand_cover.h"

/* Orders stages by hop, then by partner; for qsort(3) and bsearch(3). */
static int
stages_compare(const void *a, const void *b)
{
	const struct stage_entry *x = a, *y = b;

	if (x->hop != y->hop)
		return x->hop < y->hop ? -1 : 1;
	return slice_compare(x->partner, y->partner);
}

void
stages_sort(struct state *state)
{
	if (state->stage_count > 1)
		qsort(state->stages, state->stage_count,
		    sizeof(*state->stages), stages_compare);
}

void
stages_remove(struct state *state, struct slice partner, enum hop hop)
{
	size_t n = 0;

	for (size_t i = 0; i < state->stage_count; i++)
		if (state->stages[i].hop != hop ||
		    !slice_eq(state->stages[i].partner, partner))
			state->stages[n++] = state->stages[i];
	state->stage_count = n;
}

static const struct stage_entry *
stages_find(const struct state *state, const struct rule *rule)
{
	const struct stage_entry like = { .partner = rule->partner->name,
		.hop = rule->hop };

	if (state == NULL || state->stage_count == 0 || like.partner.p == NULL)
		return NULL;
	return bsearch(&like, state->stages, state->stage_count, sizeof(like),
	    stages_compare);
}

/* The demand for which the stage was set; NULL: the row's of today. */
static const struct demand *
stages_old_demand(const struct stage_entry *entry, const struct rule *rule)
{
	static const struct demand levels[] = {
		[LEVEL_NONE] = { .level = LEVEL_NONE },
		[LEVEL_ENCRYPT] = { .level = LEVEL_ENCRYPT },
	};

	if (entry->demand == NULL)
		return entry->row_level < rule->demand.level &&
		    entry->row_level < COUNT_OF(levels)
		    ? &levels[entry->row_level] : NULL;
	if (demand_covers(entry->demand, &rule->demand) &&
	    demand_covers(&rule->demand, entry->demand))
		return NULL;
	return entry->demand;
}

/* The entry is for the demand that the row has today. */
static void
stages_set_own(const struct policy *policy, const struct rule *rule,
    struct stage_effect *out)
{
	const struct stage_entry *entry = out->entry;

	/* A file that has this stage by now agrees with the entry. */
	out->row_changed = entry->row_level != rule->demand.level ||
	    (entry->row_stage != rule->stage && entry->stage != rule->stage);
	if (out->row_changed && rule->stage > entry->stage)
		return;
	if (policy_allows_stage(policy, rule, entry->stage))
		out->stage = entry->stage;
	else
		out->void_because = "the policy does not allow a stage so low";
}

/* The entry is for another demand, which the row had then. */
static void
stages_keep(const struct demand *old, const struct rule *rule,
    struct stage_effect *out)
{
	out->row_changed = true;
	if (rule->stage >= out->entry->stage &&
	    demand_covers(&rule->demand, old)) {
		out->void_because = "the row demands more now, and the policy "
		    "file has that stage or a higher one for it";
		return;
	}
	out->kept = old;
	out->kept_stage = out->entry->stage;
}

void
stages_effect(const struct state *state, const struct policy *policy,
    const struct rule *rule, struct stage_effect *out)
{
	const struct demand *old;

	*out = (struct stage_effect){ .entry = stages_find(state, rule),
		.stage = rule->stage };
	if (out->entry == NULL)
		return;
	old = stages_old_demand(out->entry, rule);
	if (policy->settings.stages_from == STAGES_FROM_FILE)
		out->void_because = "stages_from is \"file\"";
	else if (old == NULL)
		stages_set_own(policy, rule, out);
	else
		stages_keep(old, rule, out);
}

enum stage
stages_highest(const struct stage_effect *effect)
{
	return effect->kept != NULL && effect->kept_stage > effect->stage
	    ? effect->kept_stage : effect->stage;
}

size_t
stages_add_differing(const struct state *state, const struct policy *policy,
    struct text *out)
{
	size_t count = 0;

	for (size_t i = 0; state != NULL && i < state->stage_count; i++) {
		const struct stage_entry *entry = &state->stages[i];
		struct stage_effect effect;
		struct slice known_as;
		const struct rule *rule = change_rule(policy, entry->partner,
		    entry->hop, &known_as, NULL);
		char shown[80];

		if (rule == NULL)
			continue;
		stages_effect(state, policy, rule, &effect);
		if (!effect.row_changed || effect.void_because != NULL ||
		    count++ >= STAGES_NAMED)
			continue;
		slice_show(entry->partner, shown, sizeof(shown));
		text_join(out, ", ", "%s %s", shown, hop_name(entry->hop));
	}
	return count;
}

static int
stages_compare_kept(const void *a, const void *b)
{
	const struct kept_term *x = a, *y = b;

	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* What is filled for the overlay. */
struct stages_room {
	unsigned char *own;             /* by rule */
	struct kept_term *kept;
	size_t kept_count;
};

static void
stages_apply_to(const struct state *state, const struct policy *policy,
    const struct rule *rule, struct stages_room *room)
{
	struct stage_effect effect;

	stages_effect(state, policy, rule, &effect);
	if (effect.entry == NULL)
		return;
	assert(rule->number < table_rules(policy->table));
	room->own[rule->number] = (unsigned char)effect.stage;
	if (effect.kept == NULL)
		return;
	assert(room->kept_count < state->stage_count);
	room->kept[room->kept_count++] = (struct kept_term){ rule->number,
		effect.kept_stage, effect.kept };
}

void
stages_apply(const struct state *state, const struct policy *policy,
    struct overlay *overlay)
{
	const struct table *table = policy->table;
	struct stages_room room = {
		.own = arena_alloc(state->arena, table_rules(table) + 1),
		.kept = arena_array(state->arena, state->stage_count,
		    sizeof(*room.kept)) };

	for (size_t i = 0; state->stage_count > 0 &&
	    i < table_partners(table); i++) {
		const struct partner *p = table_partner(table, (unsigned)i);

		for (unsigned h = 0; h < HOP_COUNT; h++)
			if (p->rules[h] != NULL)
				stages_apply_to(state, policy, p->rules[h],
				    &room);
	}
	if (room.kept_count > 1)
		qsort(room.kept, room.kept_count, sizeof(*room.kept),
		    stages_compare_kept);
	overlay->stages = room.own;
	overlay->stage_count = table_rules(table);
	overlay->kept = room.kept;
	overlay->kept_count = room.kept_count;
}
