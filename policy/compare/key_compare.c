/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/compare/key_compare.h"
#include "policy/compare/service_reach.h"
#include "policy/staging.h"

/* Whether "*" is the least that acts for any address. */
enum guard { GUARD_UNSEEN, GUARD_LEAST, GUARD_UNDERCUT };

/* What is known of the key in one of the policies. */
struct key_side {
	const struct policy *policy;
	struct key_rows rows;
	struct acts acts;
	struct act list[KEY_ACTS];
	enum guard any[HOP_COUNT];
};

/* Too large for a stack. */
struct key_compare {
	int64_t now;
	struct key_probe probe;
	struct key_side old, new;
	struct key_side other;          /* for the own key of an act */
};

static void
compare_begin_side(struct key_side *side, const struct policy *policy)
{
	side->policy = policy;
	side->acts = (struct acts){ policy, side->list, 0 };
}

struct key_compare *
key_compare_begin(const struct policy *old, const struct policy *new,
    int64_t now, struct arena *a)
{
	struct key_compare *c = arena_alloc(a, sizeof(*c));

	c->now = now;
	compare_begin_side(&c->old, old);
	compare_begin_side(&c->new, new);
	return c;
}

void
key_compare_read(struct key_compare *c, struct slice key)
{
	key_probe_read(key, &c->probe);
	key_rows_find(c->old.policy, &c->probe, &c->old.rows);
	key_rows_find(c->new.policy, &c->probe, &c->new.rows);
}

/* "*" */

static bool
compare_has_any(const struct policy *policy, enum hop hop, struct row *any)
{
	return table_exact(policy->table, SLICE("*"), any) &&
	    (any->hops & 1u << hop) != 0 && any->partner->rules[hop] != NULL;
}

/* Whether what row acts for asks no less than "*" does. */
static bool
compare_row_covers(const struct key_compare *c, const struct policy *policy,
    enum hop hop, const struct row *row, const struct acts *any)
{
	struct act list[POLICY_TERMS];
	struct acts acts = { policy, list, 0 };

	acts_add_row(hop, row, false, &acts);
	for (size_t i = 0; i < any->count; i++)
		if (!act_is_covered(policy, &any->list[i], &acts, c->now))
			return false;
	return true;
}

/* The search for a row that takes mail away from "*". */
struct undercut {
	const struct key_compare *compare;
	const struct acts *any;
	enum hop hop;
	bool found;
};

static bool
compare_visit_row(const struct table *table ATTR_UNUSED, const struct row *row,
    void *data)
{
	struct undercut *u = data;
	const struct rule *rule = row->partner->rules[u->hop];

	/* What who connects finds takes no mail away. */
	if (rule == NULL || row->partner->by_session ||
	    (row->hops & 1u << u->hop) == 0 ||
	    !policy_rule_acts(u->any->policy, rule))
		return true;
	u->found = !compare_row_covers(u->compare, u->any->policy, u->hop,
	    row, u->any);
	return !u->found;
}

static enum guard
compare_find_guard(const struct key_compare *c, const struct policy *policy,
    enum hop hop, const struct row *row)
{
	struct act list[POLICY_TERMS];
	struct acts any = { policy, list, 0 };
	struct undercut u = { c, &any, hop, false };

	acts_add_row(hop, row, false, &any);
	table_each(policy->table, compare_visit_row, &u);
	return u.found ? GUARD_UNDERCUT : GUARD_LEAST;
}

/*
 * "*" covers addresses and not their routes. So mail by a route is under "*"
 * too only if each address is, or is under a row that asks as much: the one
 * whose route it is may be any.
 */
static void
compare_add_any(const struct key_compare *c, struct key_side *side,
    enum hop hop)
{
	struct row row;

	if (!compare_has_any(side->policy, hop, &row))
		return;
	if (side->any[hop] == GUARD_UNSEEN)
		side->any[hop] = compare_find_guard(c, side->policy, hop,
		    &row);
	if (side->any[hop] == GUARD_LEAST)
		acts_add_row(hop, &row, false, &side->acts);
}

/* Acts */

static void
compare_find_side(const struct key_compare *c, struct key_side *side,
    enum hop hop)
{
	key_acts_find(&c->probe, &side->rows, hop, &side->acts);
	if (c->probe.way == KEY_BY_HOST && hop != HOP_OUTBOUND)
		compare_add_any(c, side, hop);
}

bool
key_compare_has_way(struct key_compare *c, enum hop hop, enum key_way way)
{
	enum key_kind kind = c->probe.kind;
	struct row row;

	if (way == KEY_BY_NAME)
		return true;
	if (kind == KEY_NEXTHOP || kind == KEY_ADDRESS ||
	    kind == KEY_SERVICE || hop == HOP_INBOUND)
		return false;
	if (hop == HOP_OUTBOUND)
		return (c->probe.on_host || c->old.policy->settings.
		    unlisted_routes != UNLISTED_LOG) &&
		    (way == KEY_BY_HOST || kind == KEY_LITERAL);
	if (way != KEY_BY_HOST)
		return false;
	return kind != KEY_ANY &&
	    (compare_has_any(c->old.policy, hop, &row) ||
		compare_has_any(c->new.policy, hop, &row));
}

/* Whether the policy than does not do, under the act's own key, what act does:
 * then it is found there. */
static bool
compare_is_found_elsewhere(struct key_compare *c, const struct policy *of,
    const struct act *act, const struct policy *than, enum hop hop)
{
	struct key_side *other = &c->other;
	struct key_probe probe;

	if (act->own)
		return false;
	key_probe_read(act->key, &probe);
	compare_begin_side(other, than);
	key_rows_find(than, &probe, &other->rows);
	key_acts_find(&probe, &other->rows, hop, &other->acts);
	return !act_is_covered(of, act, &other->acts, c->now);
}

static bool
compare_asks(const struct key_compare *c, const struct policy *of,
    const struct act *act, const struct acts *than, bool loss)
{
	if (loss)
		return stage_keeps_mail(act->stage) &&
		    !act_is_kept(of, act, than, c->now);
	return !act_is_covered(of, act, than, c->now);
}

/* Whether acts do what those of another policy do not; loss: counts only what
 * is lost of what keeps mail back. */
static bool
compare_asks_more(struct key_compare *c, const struct acts *acts,
    const struct acts *than, enum hop hop, bool loss)
{
	for (size_t i = 0; i < acts->count; i++) {
		const struct act *act = &acts->list[i];

		if (compare_asks(c, acts->policy, act, than, loss) &&
		    !compare_is_found_elsewhere(c, acts->policy, act,
			than->policy, hop))
			return true;
	}
	return false;
}

/* Services */

/* Whether a service of side's policy finds everybody whom the service of, with
 * the key, finds, and does what act does. */
static bool
compare_is_served(const struct key_compare *c, const struct policy *of,
    const struct act *act, const struct policy *by, bool loss)
{
	const struct service *inner = service_with_key(of, act->key);
	struct act list[POLICY_TERMS];

	assert(inner != NULL);
	for (size_t i = 0; i < by->service_count; i++) {
		const struct service *outer = &by->services[i];
		const struct row row = { .partner = outer->partner,
			.key = outer->key };
		struct acts acts = { by, list, 0 };

		if (!service_reaches(of, inner, by, outer))
			continue;
		acts_add_row(HOP_INBOUND, &row, true, &acts);
		if (!compare_asks(c, of, act, &acts, loss))
			return true;
	}
	return false;
}

/* A service may be renamed or become part of a wider one. */
static bool
compare_serves_more(const struct key_compare *c, const struct acts *acts,
    const struct policy *than, bool loss)
{
	for (size_t i = 0; i < acts->count; i++)
		if (!(loss && !stage_keeps_mail(acts->list[i].stage)) &&
		    !compare_is_served(c, acts->policy, &acts->list[i], than,
			loss))
			return true;
	return false;
}

static struct key_change
compare_services(struct key_compare *c)
{
	const struct acts *old = &c->old.acts, *new = &c->new.acts;
	struct key_change change = {
		.less = compare_serves_more(c, old, new->policy, false),
		.more = compare_serves_more(c, new, old->policy, false),
	};

	change.loss = change.less &&
	    c->old.policy->settings.mode == MODE_ENFORCE &&
	    compare_serves_more(c, old, new->policy, true);
	return change;
}

struct key_change
key_compare_by(struct key_compare *c, enum hop hop, enum key_way way)
{
	const struct acts *old = &c->old.acts, *new = &c->new.acts;
	struct key_change change;

	c->probe.way = way;
	compare_find_side(c, &c->old, hop);
	compare_find_side(c, &c->new, hop);
	if (c->probe.kind == KEY_SERVICE)
		return compare_services(c);
	change.less = compare_asks_more(c, old, new, hop, false);
	change.more = compare_asks_more(c, new, old, hop, false);
	change.loss = change.less &&
	    c->old.policy->settings.mode == MODE_ENFORCE &&
	    compare_asks_more(c, old, new, hop, true);
	return change;
}

const struct acts *
key_compare_old(const struct key_compare *c)
{
	return &c->old.acts;
}

const struct acts *
key_compare_new(const struct key_compare *c)
{
	return &c->new.acts;
}
