/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/judge/judge_rows.h"
#include "policy/staging.h"

struct decision *
judge_new_decision(struct judge *j)
{
	struct ruling *ruling = j->ruling;

	if (j->capacity == 0) {
		ruling->list = j->first;
		j->capacity = COUNT_OF(j->first);
	}
	assert(ruling->count <= j->capacity);
	if (ruling->count == j->capacity) {
		j->capacity *= 2;
		ruling->list = arena_grow(j->arena, ruling->list,
		    ruling->count, j->capacity, sizeof(*ruling->list));
	}
	ruling->list[ruling->count] = (struct decision){ .rule = NULL };
	return &ruling->list[ruling->count++];
}

void
judge_keep_decisions(struct judge *j)
{
	struct ruling *ruling = j->ruling;

	if (ruling->list != j->first)
		return;
	ruling->list = arena_array(j->arena, ruling->count,
	    sizeof(*ruling->list));
	memcpy(ruling->list, j->first, ruling->count * sizeof(*ruling->list));
}

void
judge_stage_decision(struct judge *j, struct decision *d)
{
	const struct settings *settings = &j->policy->settings;
	struct action_limits limits = {
		.mode = policy_mode(j->policy, d->hop, j->request->now),
		.exempt = d->exempt,
		.excepted = d->exception.p != NULL,
		.can_hold = j->request->can_hold,
		.can_tag = j->request->can_tag,
		.can_wait = j->request->can_wait,
	};

	if (request_is_bounce(j->request))
		limits.cap = settings->null_sender_cap;
	/* A client that leaves the sender empty is not exempt by that. */
	if (limits.cap == ACTION_PASS && d->found_by != FOUND_BY_NONE)
		limits.cap = ACTION_DEFER;
	if (j->request->accepted &&
	    (limits.cap == ACTION_UNSET || limits.cap > ACTION_DEFER))
		limits.cap = ACTION_DEFER;
	d->planned = staging_plan(d->finding.verdict, d->stage);
	d->applied = staging_apply(d->planned, &limits);
}

/* The exception alive for a decision that did not pass, or NULL. */
static const struct exception *
judge_exception_for(const struct judge *j, const struct decision *d)
{
	if (d->finding.verdict == VERDICT_PASS)
		return NULL;
	return policy_exception(j->policy, d->rule, d->partner,
	    d->destination, j->request->now);
}

/* An exception is no switch: its floor is judged as a second demand. */
static void
judge_exception(const struct judge *j, struct decision *d, decide_fn *decide)
{
	const struct exception *exception = judge_exception_for(j, d);
	struct demand floor;

	if (exception == NULL)
		return;
	floor = exception_demand(exception);
	if (decide(j, &floor, d).verdict == VERDICT_PASS)
		d->exception = exception->id;
}

void
judge_and_stage(struct judge *j, struct decision *d, decide_fn *decide)
{
	assert(d->rule != NULL);
	d->finding = decide(j, d->demand, d);
	if (d->rule->watch != NULL)
		d->watch = decide(j, d->rule->watch, d);
	judge_exception(j, d, decide);
	judge_stage_decision(j, d);
}

/* The name of a row: its partner's, or its own key where a line of the table
 * names a profile. */
static struct slice
judge_row_name(const struct row *row)
{
	return row->partner->name.p != NULL ? row->partner->name : row->key;
}

struct decision *
judge_decision_of(struct judge *j, enum hop hop, const struct row *row,
    const struct term *term)
{
	const struct rule *rule = row->partner->rules[hop];
	struct decision *d = judge_new_decision(j);

	assert(rule != NULL);
	d->hop = hop;
	d->rule = rule;
	d->demand = term->demand;
	d->stage = term->stage;
	d->destination = row->key;
	d->partner = judge_row_name(row);
	d->place = row->partner->name.p != NULL
	    ? rule->place : table_place(j->policy->table, row);
	return d;
}

/* Whether d is the decision for row as well: it is on the same demand, and no
 * exception, which may be for one key only, was used for another key. */
static bool
judge_applies_to_row(const struct decision *d, enum hop hop,
    const struct row *row, const struct term *term)
{
	return d->hop == hop && d->rule == row->partner->rules[hop] &&
	    d->demand == term->demand &&
	    slice_eq(d->partner, judge_row_name(row)) &&
	    (d->exception.p == NULL || slice_eq(d->destination, row->key));
}

static bool
judge_was_judged(const struct ruling *ruling, enum hop hop,
    const struct row *row, const struct term *term)
{
	for (size_t i = 0; i < ruling->count; i++)
		if (judge_applies_to_row(&ruling->list[i], hop, row, term))
			return true;
	return false;
}

/* Every term of the row's rule. */
void
judge_row(struct judge *j, enum hop hop, const struct row *row,
    judge_fn *judge)
{
	struct term terms[POLICY_TERMS];
	size_t count = policy_terms(j->policy, row->partner->rules[hop],
	    terms);

	for (size_t i = 0; i < count; i++)
		if (!judge_was_judged(j->ruling, hop, row, &terms[i]))
			judge(j, hop, row, &terms[i]);
}

void
judge_names(struct judge *j, enum hop hop, const struct destinations *names,
    judge_fn *judge)
{
	if (!table_has_hop(j->policy->table, hop))
		return;
	for (size_t i = 0; i < names->count; i++) {
		const struct destination *name = &names->list[i];
		struct row rows[TABLE_ROWS];
		/* "*" covers addresses, not their routes. */
		size_t count = policy_rows(j->policy, hop, name->kind,
		    name->text, !name->route, rows);

		for (size_t k = 0; k < count; k++)
			judge_row(j, hop, &rows[k], judge);
	}
}

static void
judge_bare_at(struct judge *j, enum hop hop, struct slice path,
    struct slice domain, judge_fn *judge)
{
	struct destinations names;

	destinations_at(j->request, &j->policy->settings, path, domain,
	    j->arena, &names);
	judge_names(j, hop, &names, judge);
}

void
judge_bare(struct judge *j, enum hop hop, struct slice path, judge_fn *judge)
{
	const struct words *served = &j->policy->settings.served_domains;
	const struct words *below = &j->policy->below_served;

	if (!table_has_hop(j->policy->table, hop))
		return;
	for (size_t i = 0; i < served->count; i++)
		judge_bare_at(j, hop, path, served->list[i], judge);
	for (size_t i = 0; i < below->count; i++)
		judge_bare_at(j, hop, path, below->list[i], judge);
	if (served->count == 0)
		judge_bare_at(j, hop, path, SLICE_NONE, judge);
}
