/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/state/change.h"
#include "conf/state/change_event.h"
#include "conf/state/change_pause.h"
#include "conf/state/change_pending.h"
#include "conf/state/change_stage.h"
#include "policy/base/jsontext.h"
#include "policy/base/text.h"
#include "policy/staging.h"

static const struct word kinds[] = {
	{ "grant", CHANGE_GRANT },
	{ "renew", CHANGE_RENEW },
	{ "end", CHANGE_END },
	{ "approve", CHANGE_APPROVE },
	{ "stage", CHANGE_STAGE },
	{ "end-stage", CHANGE_END_STAGE },
	{ "pause", CHANGE_PAUSE },
	{ "end-pause", CHANGE_END_PAUSE },
};

VOCABULARY_DEFINE(change_kind, kinds, "unset")

/* Reads a word of a vocabulary; a missing key leaves *out as it is. */
#define READ_WORD(object, key, from, out, e) \
	(json_object_get(object, key) == NULL || \
	from(jsontext_at(object, key), out) \
	? 0 : err_set(e, "\"%s\" is not valid for %s", \
	    jsontext_at(object, key).p == NULL ? "?" : \
	    jsontext_at(object, key).p, key))

/* Whether an id is all that it is about. */
static bool
change_is_by_id(enum change_kind kind)
{
	return kind == CHANGE_RENEW || kind == CHANGE_END ||
	    kind == CHANGE_APPROVE;
}

int
change_from_json(const json_t *object, struct arena *a, struct change *out,
    struct err *e)
{
	struct change c = { 0 };

	if (!json_is_object(object) ||
	    !change_kind_from(jsontext_copy(object, "change", a), &c.kind))
		return err_set(e, "unknown change");
	c.all_hops = json_is_true(json_object_get(object, "all_hops"));
	if (!change_is_by_id(c.kind) && !c.all_hops && json_object_get(object,
	    "hop") == NULL)
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
	c.claimed_by = jsontext_copy(object, "claimed_by", a);
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
	change_event_text(object, "claimed_by", c->claimed_by);
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
		{ "queue", c->queue }, { "SUDO_USER", c->claimed_by },
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		const char *problem = change_text_problem(texts[i].text);

		if (problem != NULL)
			return err_set(e, "%s %s", texts[i].name, problem);
	}
	return 0;
}

static int
change_grant(struct state *state, const struct change_call *m, char *event,
    size_t size, struct err *e)
{
	struct exception x;

	if (change_exception_new(state, m, &x, e) < 0)
		return -1;
	if (m->made->already)
		return 0;
	if (m->policy->settings.exception_four_eyes)
		return change_pending_grant(state, m, &x, event, size, e);
	return change_event_write(event, size, change_exception_event("grant",
	    change_exception_append(state, &x)), e);
}

static int
change_renew(struct state *state, const struct change_call *m, char *event,
    size_t size, struct err *e)
{
	struct exception renewed;
	struct exception *x = change_exception_renewed(state, m, &renewed, e);

	if (x == NULL)
		return -1;
	if (m->made->already)
		return 0;
	/* An earlier end lets less pass. */
	if (m->policy->settings.exception_four_eyes &&
	    renewed.until > x->until)
		return change_pending_renew(state, m, &renewed, event, size,
		    e);
	*x = renewed;
	return change_event_write(event, size, change_exception_event("renew",
	    x), e);
}

static int
change_pause(struct state *state, const struct change_call *m, char *event,
    size_t size, struct err *e)
{
	struct change c = *m->change;
	struct slice id;

	if (change_pause_already(state, &c, state->seen, &id) != 0) {
		snprintf(m->made->id, CHANGE_ID, "%.*s", SLICE_ARGS(id));
		m->made->already = true;
		return 0;
	}
	if (m->policy->settings.exception_four_eyes)
		return change_pending_pause(state, m, event, size, e);
	/* Nobody chooses its id. */
	c.id = SLICE_NONE;
	return change_pause_begin(state, m->policy, &c, m->actor->uid,
	    m->made->id, event, size, e);
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
		return change_pending_end(state, m, event, size, e);
	case CHANGE_APPROVE:
		return change_pending_approve(state, m, event, size, e);
	case CHANGE_STAGE:
		return change_stage_set(state, m, event, size, e);
	case CHANGE_END_STAGE:
		return change_stage_end(state, m, event, size, e);
	case CHANGE_PAUSE:
		return change_pause(state, m, event, size, e);
	case CHANGE_END_PAUSE:
		return change_pause_end(state, m->change, m->made, event,
		    size, e);
	case CHANGE_UNSET:
		break;
	}
	return err_set(e, "no change was requested");
}

/* Whether it needs no reason: it lets nothing pass that was not asked for. */
static bool
change_needs_no_reason(enum change_kind kind)
{
	return kind == CHANGE_END || kind == CHANGE_END_PAUSE ||
	    kind == CHANGE_APPROVE;
}

int
change_make(const struct state_place *place, const struct policy *policy,
    const struct change *change, const struct actor *actor,
    struct change_made *made, struct err *e)
{
	struct change_call call = { policy, change, actor, made };

	assert(place->folder != NULL && policy != NULL);
	*made = (struct change_made){ .already = false };
	if (!change_needs_no_reason(change->kind) && change->reason.n == 0)
		return err_set(e, "the reason is missing: --reason");
	if (change_check_texts(change, e) < 0)
		return -1;
	if (state_change(place, actor, change_edit, &call, e) >= 0)
		return 0;
	*made = (struct change_made){ .already = false };
	return -1;
}
