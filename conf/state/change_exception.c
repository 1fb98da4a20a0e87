/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/state/change_exception.h"
#include "conf/base/amount.h"
#include "conf/state/change_event.h"
#include "conf/state/change_twice.h"
#include "conf/state/stages.h"
#include "conf/state/statetext.h"

/* The end of the year 9999: later years do not fit in four digits. */
#define LAST_YEAR INT64_C(253402300799)

/* Whether an exception with this floor lowers anything that is in force: what
 * the row demands, what it demanded before and is kept, or what a destination
 * may publish beyond it. */
static bool
change_lowers_anything(const struct state *state,
    const struct policy *policy, const struct rule *rule,
    const struct exception *x)
{
	struct stage_effect effect;

	stages_effect(state, policy, rule, &effect);
	return exception_floor_lowers(x->floor, &rule->demand) ||
	    (effect.kept != NULL &&
		exception_floor_lowers(x->floor, effect.kept)) ||
	    (x->override_published && rule->hop == HOP_OUTBOUND &&
	    policy->settings.published.p != NULL);
}

static int
change_check_floor(const struct state *state, const struct policy *policy,
    const struct rule *rule, const struct exception *x, struct err *e)
{
	enum level floor = x->floor;

	if (floor == LEVEL_UNSET)
		return err_set(e, "the floor is missing: --floor none, encrypt "
		    "or verify");
	/* First, because allow_plaintext would not help then. */
	if (floor < rule->never_below)
		return err_set(e, "%s:%u sets never_below = \"%s\": the floor "
		    "can be no lower", rule->place.file, rule->place.line,
		    level_name(rule->never_below));
	if (floor == LEVEL_NONE &&
	    !policy->settings.exception_allow_plaintext)
		return err_set(e, "an exception for plaintext is not allowed: "
		    "set exceptions.allow_plaintext to allow it");
	if (!change_lowers_anything(state, policy, rule, x))
		return err_set(e, "this would lower nothing: the rule asks "
		    "for no more than %s%s", level_name(rule->demand.level),
		    rule->hop == HOP_OUTBOUND &&
		    policy->settings.published.p != NULL
		    ? "; --override-published lowers what the destination "
		    "publishes" : "");
	return 0;
}

static int
change_check_dates(const struct change_call *m, int64_t from, int64_t until,
    int64_t now, struct err *e)
{
	unsigned long longest = m->policy->settings.exception_longest;
	char shown[AMOUNT_TEXT], seen[STATETEXT_TIME];

	if (until <= 0)
		return err_set(e, "an exception must end: --until 2026-03-31");
	if (until > LAST_YEAR)
		return err_set(e, "this date is too far away");
	/* A program saw a later time: a clock was ahead, or is behind now. */
	if (until <= now && until > m->actor->clock) {
		statetext_show_time(now, seen);
		return err_set(e, "its end is before %s, the latest time that "
		    "the state has seen; if a clock was ahead then, "
		    "`enforcetls state repair --clock --reason WHY` sets that "
		    "back", seen);
	}
	if (until <= now)
		return err_set(e, "its end is in the past");
	if (until <= from)
		return err_set(e, "its end is before its beginning");
	if ((uint64_t)(until - (from > now ? from : now)) > longest)
		return err_set(e, "longer than exceptions.longest, which is "
		    "%s", amount_show_duration((int64_t)longest, shown));
	return 0;
}

static int
change_check_key(const struct policy *policy, const struct rule *rule,
    const struct exception *x, struct err *e)
{
	bool named = rule->partner->name.p != NULL;
	struct row row;
	char shown[128];

	/* An exception for everybody would be a change of policy. */
	if (slice_eq(named ? x->key : x->partner, SLICE("*")) ||
	    (named && x->key.p == NULL && policy_is_for_all(policy, rule)))
		return err_set(e, "no exception can be granted for \"*\": add "
		    "a row for the destination");
	if (x->key.p == NULL || (!named && slice_eq(x->key, x->partner)))
		return 0;
	slice_show(x->key, shown, sizeof(shown));
	if (!named || !table_exact(policy->table, x->key, &row) ||
	    row.partner != rule->partner)
		return err_set(e, "%s is not a key of this partner", shown);
	if ((row.hops & 1u << rule->hop) == 0)
		return err_set(e, "%s has no %s rule: it is a key for senders, "
		    "or an address", shown, hop_name(rule->hop));
	return 0;
}

json_t *
change_exception_event(const char *word, const struct exception *x)
{
	json_t *o = json_object();
	char from[STATETEXT_TIME], until[STATETEXT_TIME];

	statetext_show_time(x->from, from);
	statetext_show_time(x->until, until);
	change_event_text(o, "event", slice_of(word));
	change_event_text(o, "id", x->id);
	change_event_text(o, "partner", x->partner);
	change_event_text(o, "hop", slice_of(hop_name(x->hop)));
	change_event_text(o, "floor", slice_of(level_name(x->floor)));
	change_event_text(o, "key", x->key);
	change_event_text(o, "from", slice_of(from));
	change_event_text(o, "until", slice_of(until));
	change_event_text(o, "owner", x->owner);
	change_event_text(o, "ticket", x->ticket);
	change_event_text(o, "approver", x->approver);
	json_object_set_new(o, "override_published",
	    json_boolean(x->override_published));
	return o;
}

struct exception *
change_exception_append(struct state *state, const struct exception *x)
{
	size_t n = state->exception_count;
	struct exception *list = arena_grow(state->arena, state->exceptions,
	    n, n + 1, sizeof(*list));

	list[n] = *x;
	state->exceptions = list;
	state->exception_count = n + 1;
	return &list[n];
}

int
change_exception_check(const struct change_call *m, const struct state *state,
    const struct rule *rule, const struct exception *x, struct err *e)
{
	if (change_check_key(m->policy, rule, x, e) < 0 ||
	    change_check_floor(state, m->policy, rule, x, e) < 0)
		return -1;
	return change_check_dates(m, x->from, x->until, state->seen, e);
}

/* The id of a new exception. */
static void
change_name(const struct state *state, const struct change_call *m)
{
	struct slice chosen = m->change->id;

	assert(state->generation > 0);
	if (chosen.p != NULL)
		snprintf(m->made->id, CHANGE_ID, "%.*s", SLICE_ARGS(chosen));
	else
		snprintf(m->made->id, CHANGE_ID, "E%lu", state->generation);
}

int
change_exception_new(struct state *state, const struct change_call *m,
    struct exception *out, struct err *e)
{
	const struct change *c = m->change;
	struct exception x = { .hop = c->hop, .floor = c->floor,
		.key = c->key,
		.from = c->from > state->seen ? c->from : state->seen,
		.until = c->until,
		.override_published = c->override_published,
		.owner = c->owner, .reason = c->reason, .ticket = c->ticket,
		.approver = c->approver };
	const struct rule *rule = change_rule(m->policy, c->partner, c->hop,
	    &x.partner, e);

	if (rule == NULL ||
	    (c->id.p != NULL &&
		change_twice_id(state, c, &x, m->made, e) < 0))
		return -1;
	change_name(state, m);
	if (m->made->already)
		return 0;
	if (change_exception_check(m, state, rule, &x, e) < 0)
		return -1;
	if (c->owner.n == 0)
		return err_set(e, "an exception needs an owner: --owner");
	if (change_twice_given(state, &x, policy_least(m->policy, rule), e) < 0)
		return -1;
	x.id = arena_copy(state->arena, slice_of(m->made->id));
	*out = x;
	return 0;
}

struct exception *
change_exception_find(struct state *state, struct slice id)
{
	for (size_t i = 0; i < state->exception_count; i++)
		if (slice_eq(state->exceptions[i].id, id))
			return &state->exceptions[i];
	return NULL;
}

/* NULL with e filled when there is none. */
static struct exception *
change_find_any(struct state *state, struct slice id, struct err *e)
{
	struct exception *x = change_exception_find(state, id);
	char shown[64];

	slice_show(id, shown, sizeof(shown));
	if (x == NULL)
		err_set(e, "no exception has the id %s", shown);
	return x;
}

static struct exception *
change_find_active(struct state *state, struct slice id, struct err *e)
{
	struct exception *x = change_find_any(state, id, e);

	if (x == NULL || x->until > state->seen)
		return x;
	err_set(e, "it has already ended: add a new one");
	return NULL;
}

struct exception *
change_exception_renewed(struct state *state, const struct change_call *m,
    struct exception *out, struct err *e)
{
	const struct change *c = m->change;
	struct exception *x = change_find_active(state, c->id, e), renewed;
	const struct rule *rule;
	struct slice canonical;

	if (x == NULL)
		return NULL;
	snprintf(m->made->id, CHANGE_ID, "%.*s", SLICE_ARGS(x->id));
	m->made->already = c->until == x->until;
	if (m->made->already)
		return x;
	renewed = *x;
	renewed.until = c->until;
	rule = change_rule(m->policy, x->partner, x->hop, &canonical, e);
	if (rule == NULL ||
	    change_exception_check(m, state, rule, &renewed, e) < 0)
		return NULL;
	*out = renewed;
	return x;
}

struct exception *
change_exception_end(struct state *state, const struct change_call *m,
    struct err *e)
{
	struct exception *x = change_find_any(state, m->change->id, e);

	if (x == NULL)
		return NULL;
	snprintf(m->made->id, CHANGE_ID, "%.*s", SLICE_ARGS(x->id));
	m->made->already = x->until <= state->seen;
	if (m->made->already)
		return x;
	x->until = state->seen;
	if (x->from > x->until)
		x->from = x->until;
	return x;
}
