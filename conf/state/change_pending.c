/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/state/change_pending.h"
#include "conf/state/change_event.h"
#include "conf/state/change_pause.h"
#include "conf/state/change_twice.h"
#include "conf/state/pending.h"
#include "conf/state/statetext.h"

/* Root can go around it, but not by a request that looks like a person's. */
static int
pending_check_person(const struct change_call *m, const char *what,
    struct err *e)
{
	if (m->actor->person != 0)
		return 0;
	return err_set(e, "exceptions.four_eyes is set: %s, over the control "
	    "socket of a running daemon; neither root, the daemon's own "
	    "user nor a uid of /etc/subuid can", what);
}

/* What the change of m asks for, to be filled by the caller. */
static struct pending
pending_begin(const struct state *state, const struct change_call *m,
    enum pending_kind kind)
{
	return (struct pending){ .kind = kind, .asked = state->seen,
		.asked_by = (unsigned long)m->actor->person,
		.claimed_by = m->actor->claimed_by,
		.reason = m->change->reason };
}

/* Gives it an id that the program has not given before. */
static void
pending_name(const struct state *state, const struct change_call *m,
    char letter, struct pending *p)
{
	assert(state->generation > 0);
	snprintf(m->made->id, CHANGE_ID, "%c%lu", letter, state->generation);
	p->id = arena_copy(state->arena, slice_of(m->made->id));
}

/* Puts it into the list. */
static void
pending_let_wait(struct state *state, const struct change_call *m,
    const struct pending *p)
{
	pending_append(state, p);
	m->made->waits = true;
	m->made->approve_until = pending_end(p);
}

static bool
pending_is_same_text(struct slice a, struct slice b)
{
	return (a.p == NULL && b.p == NULL) || slice_eq(a, b);
}

/* Whether two ask for the same. */
static bool
pending_is_same(const struct pending *a, const struct pending *b)
{
	const struct exception *x = &a->exception, *y = &b->exception;

	if (a->kind != b->kind)
		return false;
	if (a->kind == PENDING_PAUSE)
		return a->all_hops == b->all_hops && a->hop == b->hop &&
		    a->lasts == b->lasts;
	if (a->kind == PENDING_RENEWAL && !slice_eq(x->id, y->id))
		return false;
	return slice_eq(x->partner, y->partner) && x->hop == y->hop &&
	    x->floor == y->floor && x->until == y->until &&
	    x->override_published == y->override_published &&
	    pending_is_same_text(x->key, y->key);
}

/* People ask twice by mistake, or mean to approve. */
static int
pending_check_twice(const struct state *state, const struct pending *p,
    struct err *e)
{
	for (size_t i = 0; i < state->pending_count; i++) {
		const struct pending *other = &state->pending[i];

		if (pending_waits(other, state->seen) &&
		    pending_is_same(other, p))
			return err_set(e, "%.*s waits for this already, asked "
			    "for by uid %lu: `enforcetls exception approve "
			    "%.*s`", SLICE_ARGS(other->id), other->asked_by,
			    SLICE_ARGS(other->id));
	}
	return 0;
}

/* Whether one person may let this pass at once: with TLS, from now on, and not
 * for the second time within a day, whatever key and end it had. */
static bool
pending_may_act_alone(const struct state *state, const struct exception *x)
{
	if (x->floor < LEVEL_ENCRYPT || x->override_published ||
	    x->from > state->seen)
		return false;
	for (size_t i = 0; i < state->exception_count; i++) {
		const struct exception *given = &state->exceptions[i];

		if (given->alone != 0 && given->hop == x->hop &&
		    slice_eq(given->partner, x->partner) &&
		    state->seen < given->alone + CHANGE_ALONE_AGAIN)
			return false;
	}
	return true;
}

/* The exception that one person grants by itself. */
static const struct exception *
pending_grant_alone(struct state *state, const struct change_call *m,
    const struct exception *x)
{
	struct exception now = *x;

	now.alone = state->seen;
	now.asked_by = (unsigned long)m->actor->person;
	if (now.until > state->seen + CHANGE_ALONE)
		now.until = state->seen + CHANGE_ALONE;
	m->made->acts_until = now.until;
	return change_exception_append(state, &now);
}

static void
pending_add_time(json_t *o, const char *key, int64_t time)
{
	char shown[STATETEXT_TIME];

	statetext_show_time(time, shown);
	change_event_text(o, key, slice_of(shown));
}

int
change_pending_grant(struct state *state, const struct change_call *m,
    const struct exception *x, char *event, size_t size, struct err *e)
{
	bool alone = pending_may_act_alone(state, x);
	struct pending p = pending_begin(state, m, PENDING_GRANT);
	json_t *o;

	p.id = x->id;
	p.exception = *x;
	if (pending_check_person(m, "a person asks for an exception, and "
		"another one approves it", e) < 0)
		return -1;
	if (!alone && pending_check_twice(state, &p, e) < 0)
		return -1;
	o = change_exception_event(alone ? "grant" : "ask", alone
	    ? pending_grant_alone(state, m, x) : x);
	if (alone)
		json_object_set_new(o, "alone", json_true());
	if (!alone || m->made->acts_until < x->until) {
		pending_let_wait(state, m, &p);
		pending_add_time(o, "asked_until", x->until);
	}
	return change_event_write(event, size, o, e);
}

int
change_pending_renew(struct state *state, const struct change_call *m,
    const struct exception *renewed, char *event, size_t size, struct err *e)
{
	struct pending p = pending_begin(state, m, PENDING_RENEWAL);
	json_t *o;

	p.exception = *renewed;
	if (pending_check_person(m, "a person asks for a later end, and "
		"another one approves it", e) < 0 ||
	    pending_check_twice(state, &p, e) < 0)
		return -1;
	pending_name(state, m, 'R', &p);
	pending_let_wait(state, m, &p);
	o = change_exception_event("ask", renewed);
	change_event_text(o, "id", p.id);
	change_event_text(o, "renews", renewed->id);
	return change_event_write(event, size, o, e);
}

int
change_pending_pause(struct state *state, const struct change_call *m,
    char *event, size_t size, struct err *e)
{
	struct pending p = pending_begin(state, m, PENDING_PAUSE);
	const struct change *c = m->change;
	json_t *o;

	p.all_hops = c->all_hops;
	p.hop = c->all_hops ? HOP_INBOUND : c->hop;
	p.lasts = c->lasts;
	if (change_pause_check(&m->policy->settings, c, e) < 0 ||
	    pending_check_person(m, "a person asks for a pause, and another "
		"one approves it", e) < 0 ||
	    pending_check_twice(state, &p, e) < 0)
		return -1;
	pending_name(state, m, 'P', &p);
	pending_let_wait(state, m, &p);
	o = json_object();
	change_event_text(o, "event", SLICE("ask"));
	change_event_text(o, "id", p.id);
	change_event_text(o, "pause",
	    slice_of(c->all_hops ? "all" : hop_name(c->hop)));
	json_object_set_new(o, "lasts", json_integer(c->lasts));
	change_event_text(o, "queue", c->queue);
	return change_event_write(event, size, o, e);
}

/* Approving */

/* Adds who asked, and when. */
static void
pending_add_asked(json_t *o, const struct pending *p)
{
	json_object_set_new(o, "asked_by",
	    json_integer((json_int_t)p->asked_by));
	change_event_text(o, "asked_claimed_by", p->claimed_by);
	pending_add_time(o, "asked", p->asked);
}

/* Notes in the exception who asked for it and who approves it. */
static void
pending_sign(const struct state *state, const struct change_call *m,
    const struct pending *p, struct exception *x)
{
	x->asked_by = p->asked_by;
	x->approved = state->seen;
	x->approved_by = (unsigned long)m->actor->person;
}

static int
pending_approve_grant(struct state *state, const struct change_call *m,
    const struct pending *p, char *event, size_t size, struct err *e)
{
	struct exception *now = change_exception_find(state, p->id);
	struct exception x = p->exception;
	const struct rule *rule = change_rule(m->policy, p->exception.partner,
	    x.hop, &x.partner, e);
	json_t *o;

	/* One person granted it for a few hours: it goes on, or again. */
	if (now != NULL && now->until > state->seen)
		x.from = now->from;
	else if (x.from < state->seen)
		x.from = state->seen;
	if (rule == NULL ||
	    change_exception_check(m, state, rule, &x, e) < 0 ||
	    change_twice_given(state, &x, policy_least(m->policy, rule),
		e) < 0)
		return -1;
	if (now != NULL)
		x.alone = now->alone;
	pending_sign(state, m, p, &x);
	if (now != NULL)
		*now = x;
	else
		change_exception_append(state, &x);
	o = change_exception_event("approve", &x);
	pending_add_asked(o, p);
	return change_event_write(event, size, o, e);
}

static int
pending_approve_renewal(struct state *state, const struct change_call *m,
    const struct pending *p, char *event, size_t size, struct err *e)
{
	struct exception *now = change_exception_find(state, p->exception.id);
	struct exception x;
	const struct rule *rule;
	struct slice canonical;
	json_t *o;

	if (now == NULL || now->until <= state->seen)
		return err_set(e, "exception %.*s, which it renews, has ended: "
		    "add a new one", SLICE_ARGS(p->exception.id));
	if (now->until >= p->exception.until)
		return err_set(e, "exception %.*s ends no sooner already",
		    SLICE_ARGS(p->exception.id));
	x = *now;
	x.until = p->exception.until;
	rule = change_rule(m->policy, x.partner, x.hop, &canonical, e);
	if (rule == NULL || change_exception_check(m, state, rule, &x, e) < 0)
		return -1;
	pending_sign(state, m, p, &x);
	*now = x;
	o = change_exception_event("approve", &x);
	change_event_text(o, "id", p->id);
	change_event_text(o, "renews", x.id);
	pending_add_asked(o, p);
	return change_event_write(event, size, o, e);
}

/* It lasts from its approval on. */
static int
pending_approve_pause(struct state *state, const struct change_call *m,
    const struct pending *p, char *event, size_t size, struct err *e)
{
	struct change c = { .kind = CHANGE_PAUSE, .id = p->id, .hop = p->hop,
		.all_hops = p->all_hops, .lasts = p->lasts,
		.reason = p->reason };
	char id[CHANGE_ID];
	json_t *o;

	if (change_pause_begin(state, m->policy, &c,
		(uid_t)p->asked_by, id, event, size, e) < 0)
		return -1;
	o = json_object();
	change_event_text(o, "event", SLICE("approve"));
	change_event_text(o, "id", p->id);
	change_event_text(o, "pause",
	    slice_of(p->all_hops ? "all" : hop_name(p->hop)));
	pending_add_time(o, "until", state->seen + p->lasts);
	pending_add_asked(o, p);
	return change_event_write(event, size, o, e);
}

/* Why nothing can be approved under this id. */
static int
pending_refuse(struct state *state, const struct pending *p, struct slice id,
    struct err *e)
{
	char shown[64], time[STATETEXT_TIME];

	slice_show(id, shown, sizeof(shown));
	if (p == NULL)
		return err_set(e, change_exception_find(state, id) != NULL
		    ? "exception %s does not wait for approval"
		    : "nothing waits for approval under the id %s", shown);
	statetext_show_time(p->withdrawn != 0 ? p->withdrawn
	    : pending_end(p), time);
	if (p->withdrawn != 0)
		return err_set(e, "%s was withdrawn at %s", shown, time);
	return err_set(e, "%s could be approved until %s: ask for it again",
	    shown, time);
}

static int
pending_approve_one(struct state *state, const struct change_call *m,
    const struct pending *p, char *event, size_t size, struct err *e)
{
	switch (p->kind) {
	case PENDING_GRANT:
		return pending_approve_grant(state, m, p, event, size, e);
	case PENDING_RENEWAL:
		return pending_approve_renewal(state, m, p, event, size, e);
	case PENDING_PAUSE:
		return pending_approve_pause(state, m, p, event, size, e);
	case PENDING_UNSET:
		break;
	}
	return err_set(e, "nothing waits for approval");
}

int
change_pending_approve(struct state *state, const struct change_call *m,
    char *event, size_t size, struct err *e)
{
	struct slice id = m->change->id;
	struct pending *p = pending_find(state, id);

	snprintf(m->made->id, CHANGE_ID, "%.*s", SLICE_ARGS(id));
	m->made->already = p != NULL && p->approved != 0;
	if (m->made->already)
		return 0;
	if (p == NULL || !pending_waits(p, state->seen))
		return pending_refuse(state, p, id, e);
	if (pending_check_person(m, "a person approves it", e) < 0)
		return -1;
	if (p->asked_by == (unsigned long)m->actor->person)
		return err_set(e, "uid %lu asked for it: another person has to "
		    "approve it", p->asked_by);
	if (pending_approve_one(state, m, p, event, size, e) < 0)
		return -1;
	p->approved = state->seen;
	p->approved_by = (unsigned long)m->actor->person;
	return 0;
}

/* Ending */

/* Withdraws what waits under this id or renews it; whether anything did. */
static bool
pending_withdraw(struct state *state, struct slice id)
{
	bool any = false;

	for (size_t i = 0; i < state->pending_count; i++) {
		struct pending *p = &state->pending[i];

		if (!pending_waits(p, state->seen) ||
		    (!slice_eq(p->id, id) &&
			(p->kind != PENDING_RENEWAL ||
			    !slice_eq(p->exception.id, id))))
			continue;
		p->withdrawn = state->seen;
		any = true;
	}
	return any;
}

int
change_pending_end(struct state *state, const struct change_call *m,
    char *event, size_t size, struct err *e)
{
	struct slice id = m->change->id;
	bool withdrawn = pending_withdraw(state, id);
	struct exception *x = change_exception_find(state, id);
	json_t *o;

	if (x != NULL && x->until <= state->seen && withdrawn)
		x = NULL;
	else if (x != NULL || !withdrawn)
		x = change_exception_end(state, m, e);
	if (x == NULL && !withdrawn)
		return -1;
	if (m->made->already)
		return 0;
	snprintf(m->made->id, CHANGE_ID, "%.*s", SLICE_ARGS(id));
	if (x != NULL)
		o = change_exception_event("end", x);
	else {
		o = json_object();
		change_event_text(o, "event", SLICE("withdraw"));
		change_event_text(o, "id", id);
	}
	return change_event_write(event, size, o, e);
}
