/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/state/change.h"
#include "conf/base/amount.h"
#include "conf/state/change_event.h"
#include "conf/state/change_pause.h"
#include "conf/state/change_stage.h"
#include "conf/state/change_twice.h"
#include "conf/state/stages.h"
#include "conf/state/statetext.h"
#include "policy/base/jsontext.h"
#include "policy/base/text.h"
#include "policy/staging.h"

static const struct word kinds[] = {
	{ "grant", CHANGE_GRANT },
	{ "renew", CHANGE_RENEW },
	{ "end", CHANGE_END },
	{ "stage", CHANGE_STAGE },
	{ "pause", CHANGE_PAUSE },
	{ "end-pause", CHANGE_END_PAUSE },
};

VOCABULARY_DEFINE(change_kind, kinds, "unset")

/* The end of the year 9999: later years do not fit in four digits. */
#define LAST_YEAR INT64_C(253402300799)

/* Reads a word of a vocabulary; a missing key leaves *out as it is. */
#define READ_WORD(object, key, from, out, e) \
	(json_object_get(object, key) == NULL || \
	from(jsontext_at(object, key), out) \
	? 0 : err_set(e, "\"%s\" is not valid for %s", \
	    jsontext_at(object, key).p == NULL ? "?" : \
	    jsontext_at(object, key).p, key))

int
change_from_json(const json_t *object, struct arena *a, struct change *out,
    struct err *e)
{
	struct change c = { 0 };

	if (!json_is_object(object) ||
	    !change_kind_from(jsontext_copy(object, "change", a), &c.kind))
		return err_set(e, "unknown change");
	c.all_hops = json_is_true(json_object_get(object, "all_hops"));
	if (c.kind != CHANGE_RENEW && c.kind != CHANGE_END && !c.all_hops &&
	    json_object_get(object, "hop") == NULL)
		return err_set(e, "the hop must be inbound, entry, earlier or "
		    "outbound");
	if (READ_WORD(object, "hop", hop_from, &c.hop, e) < 0 ||
	    READ_WORD(object, "floor", level_from, &c.floor, e) < 0 ||
	    READ_WORD(object, "stage", stage_from, &c.stage, e) < 0)
		return -1;
	c.id = jsontext_copy(object, "id", a);
	c.partner = jsontext_copy(object, "partner", a);
	c.key = jsontext_copy(object, "key", a);
	c.owner = jsontext_copy(object, "owner", a);
	c.reason = jsontext_copy(object, "reason", a);
	c.ticket = jsontext_copy(object, "ticket", a);
	c.approver = jsontext_copy(object, "approver", a);
	c.ignored_client = jsontext_copy(object, "ignored_client", a);
	if (json_object_get(object, "key") != NULL && c.key.p == NULL)
		return err_set(e, "\"key\" must be a string");
	c.lasts = json_integer_value(json_object_get(object, "lasts"));
	c.queue = jsontext_copy(object, "queue", a);
	c.from = json_integer_value(json_object_get(object, "from"));
	c.until = json_integer_value(json_object_get(object, "until"));
	c.override_published = json_is_true(json_object_get(object,
		"override_published"));
	c.force = json_is_true(json_object_get(object, "force"));
	c.ignored_unverified = json_is_true(json_object_get(object,
		"ignored_unverified"));
	*out = c;
	return 0;
}

json_t *
change_to_json(const struct change *c)
{
	json_t *object = json_object();

	change_event_text(object, "change",
	    slice_of(change_kind_name(c->kind)));
	change_event_text(object, "hop", slice_of(hop_name(c->hop)));
	if (c->floor != LEVEL_UNSET)
		change_event_text(object, "floor",
		    slice_of(level_name(c->floor)));
	if (c->stage != STAGE_UNSET)
		change_event_text(object, "stage",
		    slice_of(stage_name(c->stage)));
	change_event_text(object, "id", c->id);
	change_event_text(object, "partner", c->partner);
	change_event_text(object, "key", c->key);
	change_event_text(object, "owner", c->owner);
	change_event_text(object, "reason", c->reason);
	change_event_text(object, "ticket", c->ticket);
	change_event_text(object, "approver", c->approver);
	change_event_text(object, "ignored_client", c->ignored_client);
	json_object_set_new(object, "all_hops", json_boolean(c->all_hops));
	json_object_set_new(object, "lasts", json_integer(c->lasts));
	change_event_text(object, "queue", c->queue);
	json_object_set_new(object, "from", json_integer(c->from));
	json_object_set_new(object, "until", json_integer(c->until));
	json_object_set_new(object, "override_published",
	    json_boolean(c->override_published));
	json_object_set_new(object, "force", json_boolean(c->force));
	json_object_set_new(object, "ignored_unverified",
	    json_boolean(c->ignored_unverified));
	return object;
}

/* The partner called name, or the table line with this key that only names a
 * profile. *canonical is its name in the state. */
static const struct partner *
change_find_partner(const struct policy *policy, struct slice name,
    struct slice *canonical)
{
	struct key key;
	struct row row;

	for (size_t i = 0; i < table_partners(policy->table); i++) {
		const struct partner *p = table_partner(policy->table,
		    (unsigned)i);

		if (slice_eq(p->name, name)) {
			*canonical = p->name;
			return p;
		}
	}
	if (key_from_domain(name, &key, NULL) >= 0 &&
	    table_exact(policy->table, key_slice(&key), &row) &&
	    row.partner->name.p == NULL) {
		*canonical = row.key;
		return row.partner;
	}
	return NULL;
}

const struct rule *
change_rule(const struct policy *policy, struct slice name, enum hop hop,
    struct slice *canonical, struct err *e)
{
	const struct partner *p = change_find_partner(policy, name, canonical);
	char shown[128];

	assert(hop < HOP_COUNT);
	slice_show(name, shown, sizeof(shown));
	if (p == NULL) {
		err_set(e, "there is no partner %s: `enforcetls check` lists "
		    "them", shown);
		return NULL;
	}
	if (p->rules[hop] == NULL)
		err_set(e, "%s has no rule for %s", shown, hop_name(hop));
	return p->rules[hop];
}

/* What is wrong with a text that people wrote; NULL: nothing. */
static const char *
change_text_problem(struct slice text)
{
	json_t *copy;

	if (text.n > CHANGE_TEXT)
		return "is too long";
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return "contains a control character";
	if (text.p != NULL && slice_trim(text).n == 0)
		return "is blank";
	copy = text.p == NULL ? json_null()
	    : json_stringn(text.p, text.n);
	if (copy == NULL)
		return "is not UTF-8 text";
	json_decref(copy);
	return NULL;
}

int
change_check_texts(const struct change *c, struct err *e)
{
	const struct { const char *name; struct slice text; } texts[] = {
		{ "ID", c->id }, { "PARTNER", c->partner },
		{ "--key", c->key }, { "--owner", c->owner },
		{ "--reason", c->reason }, { "--ticket", c->ticket },
		{ "--approver", c->approver },
		{ "--ignore-client", c->ignored_client },
		{ "queue", c->queue },
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		const char *problem = change_text_problem(texts[i].text);

		if (problem != NULL)
			return err_set(e, "%s %s", texts[i].name, problem);
	}
	return 0;
}

/* The arguments of change_make(), for the edit under the lock. */
struct change_call {
	const struct policy *policy;
	const struct change *change;
	uid_t uid;
	int64_t clock;                  /* as the requester has it */
	struct change_made *made;
};

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
	if (until <= now && until > m->clock) {
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

static int
change_write_exception_event(const char *word, const struct exception *x,
    char *event, size_t size, struct err *e)
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
	return change_event_write(event, size, o, e);
}

/* Appends a copy of x to the list, in the state's arena. */
static struct exception *
change_append(struct state *state, const struct exception *x)
{
	size_t n = state->exception_count;
	struct exception *list = arena_array(state->arena, n + 1,
	    sizeof(*list));

	if (n > 0)
		memcpy(list, state->exceptions, n * sizeof(*list));
	list[n] = *x;
	state->exceptions = list;
	state->exception_count = n + 1;
	return &list[n];
}

/* What is checked of an exception whenever it is given an end: the policy may
 * allow less than when it was granted. */
static int
change_check_exception(const struct change_call *m, const struct state *state,
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

static int
change_grant(struct state *state, const struct change_call *m, char *event,
    size_t size, struct err *e)
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
		change_twice_id(state, c, &x, &m->made->already, e) < 0))
		return -1;
	change_name(state, m);
	if (m->made->already)
		return 0;
	if (change_check_exception(m, state, rule, &x, e) < 0)
		return -1;
	if (c->owner.n == 0)
		return err_set(e, "an exception needs an owner: --owner");
	if (change_twice_given(state, &x, policy_least(m->policy, rule), e) < 0)
		return -1;
	x.id = arena_copy(state->arena, slice_of(m->made->id));
	return change_write_exception_event("grant", change_append(state, &x),
	    event, size, e);
}

static struct exception *
change_find_active(struct state *state, struct slice id, struct err *e)
{
	char shown[64];

	for (size_t i = 0; i < state->exception_count; i++)
		if (slice_eq(state->exceptions[i].id, id)) {
			if (state->exceptions[i].until > state->seen)
				return &state->exceptions[i];
			err_set(e, "it has already ended: add a new one");
			return NULL;
		}
	slice_show(id, shown, sizeof(shown));
	err_set(e, "no exception has the id %s", shown);
	return NULL;
}

static int
change_renew(struct state *state, const struct change_call *m, char *event,
    size_t size, struct err *e)
{
	const struct change *c = m->change;
	struct exception *x = change_find_active(state, c->id, e);
	const struct rule *rule;
	struct slice canonical;

	if (x == NULL)
		return -1;
	if (c->until == x->until)
		return err_set(e, "it already ends then");
	x->until = c->until;
	rule = change_rule(m->policy, x->partner, x->hop, &canonical, e);
	if (rule == NULL ||
	    change_check_exception(m, state, rule, x, e) < 0)
		return -1;
	snprintf(m->made->id, CHANGE_ID, "%.*s", SLICE_ARGS(x->id));
	return change_write_exception_event("renew", x, event, size, e);
}

static int
change_end(struct state *state, const struct change_call *m, char *event,
    size_t size, struct err *e)
{
	struct exception *x = change_find_active(state, m->change->id, e);

	if (x == NULL)
		return -1;
	x->until = state->seen;
	if (x->from > x->until)
		x->from = x->until;
	snprintf(m->made->id, CHANGE_ID, "%.*s", SLICE_ARGS(x->id));
	return change_write_exception_event("end", x, event, size, e);
}

static int
change_edit(struct state *state, void *data, char *event, size_t size,
    struct err *e)
{
	const struct change_call *m = data;

	switch (m->change->kind) {
	case CHANGE_GRANT:
		return change_grant(state, m, event, size, e);
	case CHANGE_RENEW:
		return change_renew(state, m, event, size, e);
	case CHANGE_END:
		return change_end(state, m, event, size, e);
	case CHANGE_STAGE:
		return change_stage_set(state, m->policy, m->change,
		    &m->made->already, event, size, e);
	case CHANGE_PAUSE:
		return change_pause_begin(state, m->policy, m->change, m->uid,
		    m->made->id, event, size, e);
	case CHANGE_END_PAUSE:
		return change_pause_end(state, m->change, m->made->id, event,
		    size, e);
	case CHANGE_UNSET:
		break;
	}
	return err_set(e, "no change was requested");
}

int
change_make(const struct state_place *place, const struct policy *policy,
    const struct change *change, const struct actor *actor,
    struct change_made *made, struct err *e)
{
	struct change_call call = { policy, change, actor->uid,
		actor->clock, made };

	assert(place->folder != NULL && policy != NULL);
	*made = (struct change_made){ .already = false };
	if (change->kind != CHANGE_END && change->kind != CHANGE_END_PAUSE &&
	    change->reason.n == 0)
		return err_set(e, "the reason is missing: --reason");
	if (change_check_texts(change, e) < 0)
		return -1;
	if (state_change(place, actor, change_edit, &call, e) >= 0)
		return 0;
	*made = (struct change_made){ .already = false };
	return -1;
}
