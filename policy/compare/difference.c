/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "policy/compare/difference.h"
#include "policy/compare/key_compare.h"
#include "policy/compare/partner_names.h"
#include "policy/compare/service_reach.h"
#include "policy/compare/setting_rows.h"
#include "policy/staging.h"

enum { ALL_HOPS = (1u << HOP_COUNT) - 1 };

/* One of the two policies. */
struct difference_side {
	const struct policy *policy;
	const struct partner_names *names;
};

struct difference {
	struct arena *arena;            /* owns */
	struct difference_side old, new;
	int64_t now;
	struct difference_item *items;  /* owns */
	size_t count, size;
	size_t losses;
	struct difference_counts counts;
	const struct rule **kept_ends;  /* owns */
	size_t kept_count, kept_size;
	struct key_compare *compare;    /* in the arena */
};

static void
difference_add(struct difference *d, const struct difference_item *item)
{
	if (d->count == d->size) {
		d->size = 2 * d->size + 64;
		d->items = xrealloc(d->items, d->size * sizeof(*d->items));
	}
	d->items[d->count++] = *item;
	d->losses += item->loss;
	d->counts.less += item->way == DIFFERENCE_LESS ||
	    item->way == DIFFERENCE_BOTH;
	d->counts.more += item->way == DIFFERENCE_MORE ||
	    item->way == DIFFERENCE_BOTH;
}

static enum difference_way
difference_way_of(bool less, bool more)
{
	if (less)
		return more ? DIFFERENCE_BOTH : DIFFERENCE_LESS;
	return more ? DIFFERENCE_MORE : DIFFERENCE_NONE;
}

/* Settings */

static bool
difference_keeps_mail(const struct policy *policy, const struct rule *rule)
{
	struct term terms[POLICY_TERMS];
	size_t count = policy_terms(policy, rule, terms);

	for (size_t i = 0; i < count; i++)
		if (stage_keeps_mail(terms[i].stage) &&
		    terms[i].demand->level != LEVEL_NONE)
			return true;
	return false;
}

/* The hops, as bits, on which the policy keeps mail back. */
static unsigned
difference_acting_hops(const struct policy *policy)
{
	const struct table *table = policy->table;
	unsigned hops = 0;

	if (policy->settings.mode != MODE_ENFORCE)
		return 0;
	if (policy->settings.unlisted_routes != UNLISTED_LOG &&
	    table_has_hop(table, HOP_OUTBOUND))
		hops |= 1u << HOP_OUTBOUND;
	for (size_t i = 0; i < table_partners(table) && hops != ALL_HOPS; i++)
		for (unsigned hop = 0; hop < HOP_COUNT; hop++) {
			const struct rule *rule =
			    table_partner(table, (unsigned)i)->rules[hop];

			if (rule != NULL && (hops & 1u << hop) == 0 &&
			    difference_keeps_mail(policy, rule))
				hops |= 1u << hop;
		}
	return hops;
}

static void
difference_add_settings(struct difference *d)
{
	const struct policy *old = d->old.policy, *new = d->new.policy;
	unsigned hops = difference_acting_hops(old);
	const struct setting_row *row;

	for (size_t i = 0; (row = setting_row(i)) != NULL; i++) {
		bool less, more;

		if (row->closes != NULL && row->closes(old, new))
			difference_add(d, &(struct difference_item){
				.kind = DIFFERENCE_SETTING, .setting = row,
				.name = slice_of(row->name) });
		if (row->is_weaker == NULL)
			continue;
		less = row->is_weaker(old, new, ALL_HOPS);
		more = row->is_weaker(new, old, ALL_HOPS);
		if (less || more)
			difference_add(d, &(struct difference_item){
				.kind = DIFFERENCE_SETTING, .setting = row,
				.name = slice_of(row->name),
				.way = difference_way_of(less, more),
				.loss = row->always ? less
				    : row->is_weaker(old, new, hops) });
	}
}

/* Partners */

static size_t
difference_add_missing(struct difference *d, const struct table *table,
    const struct partner_names *others, enum difference_presence presence)
{
	size_t count = 0;

	for (size_t i = 0; i < table_partners(table); i++) {
		struct slice name = table_partner(table, (unsigned)i)->name;

		if (name.p == NULL || partner_names_find(others, name) != NULL)
			continue;
		difference_add(d, &(struct difference_item){
			.kind = DIFFERENCE_PARTNER, .name = name,
			.presence = presence });
		count++;
	}
	return count;
}

static void
difference_add_partners(struct difference *d)
{
	d->counts.partners_go = difference_add_missing(d, d->old.policy->table,
	    d->new.names, DIFFERENCE_GOES);
	d->counts.partners_come = difference_add_missing(d,
	    d->new.policy->table, d->old.names, DIFFERENCE_COMES);
}

/* Keys */

/* Whether the new policy keeps nothing for that rule. */
static bool
difference_keeps_no_more(const struct difference *d, const struct rule *rule)
{
	const struct rule *new = partner_names_rule(d->new.names,
	    rule->partner->name, rule->hop);

	return new == NULL ||
	    overlay_kept(d->new.policy->overlay, new) == NULL;
}

static void
difference_add_kept_end(struct difference *d, const struct rule *rule)
{
	for (size_t i = 0; i < d->kept_count; i++)
		if (d->kept_ends[i] == rule)
			return;
	if (d->kept_count == d->kept_size) {
		d->kept_size = 2 * d->kept_size + 16;
		d->kept_ends = xrealloc(d->kept_ends,
		    d->kept_size * sizeof(const struct rule *));
	}
	d->kept_ends[d->kept_count++] = rule;
}

/* Notes what is kept from before, acts under the key, and ends. */
static void
difference_find_kept_ends(struct difference *d)
{
	const struct acts *old = key_compare_old(d->compare);
	const struct acts *new = key_compare_new(d->compare);

	for (size_t i = 0; i < old->count; i++) {
		const struct act *act = &old->list[i];

		if (act->own && act->kept && stage_keeps_mail(act->stage) &&
		    !act_is_covered(old->policy, act, new, d->now) &&
		    difference_keeps_no_more(d, act->rule))
			difference_add_kept_end(d, act->rule);
	}
}

/* Adds items when the hop does another thing under the key; for each further
 * way only if those before do not say it. */
static bool
difference_add_hop(struct difference *d, struct slice key, enum hop hop,
    enum difference_presence presence)
{
	bool differs = false, lost = false;

	for (unsigned i = 0; i < KEY_WAYS; i++) {
		enum key_way way = (enum key_way)i;
		struct key_change change;

		if (!key_compare_has_way(d->compare, hop, way))
			continue;
		change = key_compare_by(d->compare, hop, way);
		if ((differs || !(change.less || change.more)) &&
		    (lost || !change.loss))
			continue;
		if (change.loss)
			difference_find_kept_ends(d);
		difference_add(d, &(struct difference_item){
			.kind = DIFFERENCE_KEY, .name = key, .hop = hop,
			.by = way, .presence = presence,
			.way = difference_way_of(change.less, change.more),
			.loss = change.loss });
		differs = true;
		lost |= change.loss;
	}
	return differs;
}

static void
difference_add_key(struct difference *d, struct slice key,
    enum difference_presence presence)
{
	bool differs = false;

	key_compare_read(d->compare, key);
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (hop == HOP_INBOUND ||
		    table_has_hop(d->old.policy->table, (enum hop)hop) ||
		    table_has_hop(d->new.policy->table, (enum hop)hop))
			differs |= difference_add_hop(d, key, (enum hop)hop,
			    presence);
	d->counts.keys_go += presence == DIFFERENCE_GOES;
	d->counts.keys_come += presence == DIFFERENCE_COMES;
	if (!differs && presence != DIFFERENCE_STAYS)
		difference_add(d, &(struct difference_item){
			.kind = DIFFERENCE_KEY, .name = key,
			.hop = HOP_COUNT, .presence = presence });
}

static bool
difference_visit_old(const struct table *table ATTR_UNUSED,
    const struct row *row, void *data)
{
	struct difference *d = data;
	struct row found;

	difference_add_key(d, row->key, table_exact(d->new.policy->table,
		row->key, &found) ? DIFFERENCE_STAYS : DIFFERENCE_GOES);
	return true;
}

static bool
difference_visit_new(const struct table *table ATTR_UNUSED,
    const struct row *row, void *data)
{
	struct difference *d = data;
	struct row found;

	if (!table_exact(d->old.policy->table, row->key, &found))
		difference_add_key(d, row->key, DIFFERENCE_COMES);
	return true;
}

/* Stages and exceptions of the state */

static bool
difference_has_stage(const struct overlay *overlay, const struct rule *rule)
{
	return overlay != NULL && rule->number < overlay->stage_count &&
	    overlay->stages[rule->number] != STAGE_UNSET;
}

static void
difference_add_stages(struct difference *d)
{
	const struct table *table = d->old.policy->table;

	for (size_t i = 0; i < table_partners(table); i++) {
		const struct partner *p = table_partner(table, (unsigned)i);

		for (unsigned hop = 0; hop < HOP_COUNT; hop++) {
			const struct rule *rule = p->rules[hop], *other;

			if (rule == NULL || p->name.p == NULL ||
			    !difference_has_stage(d->old.policy->overlay, rule))
				continue;
			other = partner_names_rule(d->new.names, p->name,
			    (enum hop)hop);
			if (other == NULL || !difference_has_stage(
			    d->new.policy->overlay, other))
				difference_add(d, &(struct difference_item){
					.kind = DIFFERENCE_STAGE,
					.name = p->name,
					.hop = (enum hop)hop });
		}
	}
}

/* Whether the policy still allows the exception. */
static bool
difference_allows(const struct difference_side *side,
    const struct exception *x)
{
	const struct rule *rule = partner_names_rule(side->names, x->partner,
	    x->hop);

	return rule != NULL && x->floor >= policy_least(side->policy, rule);
}

static void
difference_add_exceptions(struct difference *d)
{
	const struct overlay *overlay = d->old.policy->overlay;
	const struct exception *x;

	if (overlay == NULL)
		return;
	for (size_t i = 0; (x = exceptions_get(overlay->exceptions, i)) != NULL;
	     i++)
		if (x->until > d->now && difference_allows(&d->old, x) &&
		    !difference_allows(&d->new, x))
			difference_add(d, &(struct difference_item){
				.kind = DIFFERENCE_EXCEPTION, .name = x->id,
				.hop = x->hop });
}

/* Order */

static int
difference_compare_items(const void *left, const void *right)
{
	const struct difference_item *a = left, *b = right;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = slice_compare(a->name, b->name);
	if (order == 0)
		order = (int)a->hop - (int)b->hop;
	return order != 0 ? order : (int)a->by - (int)b->by;
}

struct difference *
difference_make(const struct policy *old, const struct policy *new,
    int64_t now)
{
	struct difference *d = xcalloc(1, sizeof(*d));

	assert(old->table != NULL && new->table != NULL);
	d->arena = arena_create(4096);
	d->old = (struct difference_side){ old,
		partner_names_index(old->table, d->arena) };
	d->new = (struct difference_side){ new,
		partner_names_index(new->table, d->arena) };
	d->now = now;
	d->compare = key_compare_begin(old, new, now, d->arena);
	difference_add_settings(d);
	difference_add_partners(d);
	table_each(old->table, difference_visit_old, d);
	table_each(new->table, difference_visit_new, d);
	difference_add_stages(d);
	difference_add_exceptions(d);
	if (d->count > 0)
		qsort(d->items, d->count, sizeof(*d->items),
		    difference_compare_items);
	return d;
}

void
difference_destroy(struct difference **difference)
{
	struct difference *d = *difference;

	if (d == NULL)
		return;
	arena_destroy(&d->arena);
	free(d->items);
	free(d->kept_ends);
	free(d);
	*difference = NULL;
}

size_t
difference_count(const struct difference *d)
{
	return d->count;
}

size_t
difference_losses(const struct difference *d)
{
	return d->losses;
}

struct difference_counts
difference_counts(const struct difference *d)
{
	return d->counts;
}

size_t
difference_kept_ends(const struct difference *d)
{
	return d->kept_count;
}

const struct rule *
difference_kept_end(const struct difference *d, size_t i)
{
	assert(i < d->kept_count);
	return d->kept_ends[i];
}

unsigned long
difference_last_loss(const struct difference *d)
{
	const struct overlay *overlay = d->new.policy->overlay;

	return overlay == NULL ? 0 : overlay->last_loss;
}

const struct difference_item *
difference_item(const struct difference *d, size_t i)
{
	assert(i < d->count);
	return &d->items[i];
}

/* Lines */

/* Adds acts, of which a key has at least one of its own, or "nothing". */
static void
difference_add_acts(const struct acts *acts, struct text *out)
{
	for (size_t i = 0; i < acts->count; i++) {
		if (i > 0)
			text_add(out, " + ");
		act_add(&acts->list[i], out);
	}
	if (acts->count == 0)
		text_add(out, "nothing");
}

static void
difference_add_time(int64_t time, struct text *out)
{
	time_t seconds = (time_t)time;
	char shown[40] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(shown, sizeof(shown), "%Y-%m-%dT%H:%M:%SZ", &tm);
	text_add(out, "%s", shown);
}

/* "with E1 (encrypt until 2026-12-01T17:00:00Z)" */
static void
difference_add_exception(const struct exception *x, int64_t now,
    struct text *out)
{
	text_add(out, " with %.*s (%s", SLICE_ARGS(x->id),
	    level_name(x->floor));
	if (x->from > now) {
		text_add(out, " from ");
		difference_add_time(x->from, out);
	}
	text_add(out, " until ");
	difference_add_time(x->until, out);
	text_add(out, ")");
}

/* Adds the exceptions that acts have. */
static void
difference_add_granted(const struct acts *acts, int64_t now, struct text *out)
{
	const struct policy *policy = acts->policy;
	const struct exception *x = NULL;

	for (size_t i = 0; i < acts->count; i++) {
		const struct act *act = &acts->list[i];

		/* What is kept from before is of the same row. */
		while (!act->kept && act_takes_exceptions(policy, act) &&
		    (x = exceptions_next(policy->overlay->exceptions,
			act->partner, act->rule->hop, act->key,
			policy_least(policy, act->rule), now, x)) != NULL)
			difference_add_exception(x, now, out);
	}
}

/* What acts before and after, with which exceptions. */
static void
difference_add_both_acts(const struct difference *d, struct text *out)
{
	const struct acts *old = key_compare_old(d->compare);
	const struct acts *new = key_compare_new(d->compare);

	difference_add_acts(old, out);
	difference_add_granted(old, d->now, out);
	text_add(out, " -> ");
	difference_add_acts(new, out);
	difference_add_granted(new, d->now, out);
}

/* What finds the service before and after, when not the same sessions are
 * found: the demand may be what it was. */
static void
difference_add_found(const struct difference *d, struct slice key,
    struct text *out)
{
	const struct policy *was = d->old.policy, *is = d->new.policy;
	const struct service *old = service_with_key(was, key);
	const struct service *new = service_with_key(is, key);

	if (old == NULL || new == NULL || (service_reaches(was, old, is, new) &&
	    service_reaches(is, new, was, old)))
		return;
	text_add(out, "; found by");
	service_add_finds(was, old, out);
	text_add(out, " ->");
	service_add_finds(is, new, out);
}

static void
difference_add_key_change(struct difference *d,
    const struct difference_item *item, struct text *out)
{
	static const char *const ends[] = { "", " (new key)", " (key gone)" };
	static const char *const ways[KEY_WAYS] = { "", ", as a route",
		", as the host of a route" };

	if (item->hop != HOP_COUNT) {
		key_compare_read(d->compare, item->name);
		key_compare_by(d->compare, item->hop, item->by);
		text_add(out, " %s%s: ", hop_name(item->hop), ways[item->by]);
		difference_add_both_acts(d, out);
		difference_add_found(d, item->name, out);
	}
	text_add(out, "%s", ends[item->presence]);
}

static void
difference_add_change(struct difference *d, const struct difference_item *item,
    struct text *out)
{
	switch (item->kind) {
	case DIFFERENCE_SETTING:
		text_add(out, ": ");
		item->setting->add(&d->old.policy->settings, out);
		text_add(out, " -> ");
		item->setting->add(&d->new.policy->settings, out);
		if (item->setting->closed != NULL)
			text_add(out, " (%s)", item->setting->closed);
		return;
	case DIFFERENCE_PARTNER:
		text_add(out, item->presence == DIFFERENCE_GOES
		    ? " (partner gone)" : " (new partner)");
		return;
	case DIFFERENCE_KEY:
		difference_add_key_change(d, item, out);
		return;
	case DIFFERENCE_STAGE:
		text_add(out, " %s (the stage set with the command is void)",
		    hop_name(item->hop));
		return;
	case DIFFERENCE_EXCEPTION:
		text_add(out, " (the exception is void)");
		return;
	}
}

struct slice
difference_change(struct difference *d, size_t i, struct arena *a)
{
	assert(i < d->count);
	for (size_t size = 512;; size *= 4) {
		struct arena_mark mark = arena_mark(a);
		struct text out;

		text_init(&out, arena_alloc(a, size), size);
		difference_add_change(d, &d->items[i], &out);
		if (!out.cut)
			return text_so_far(&out);
		arena_rewind(a, mark);
	}
}
