/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/state/change_twice.h"
#include "conf/state/pending.h"
#include "conf/state/statetext.h"
#include "policy/base/text.h"

/* Whether the program gives such ids itself: "E7", and "R8" and "P9" for what
 * waits for approval. */
static bool
twice_is_numbered(struct slice id)
{
	long number;

	return id.n > 0 && strchr("ERP", id.p[0]) != NULL &&
	    slice_int(slice_from(id, 1), 0, INT32_MAX, &number);
}

static int
twice_check_id(struct slice id, struct err *e)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	for (size_t i = 0; i < id.n; i++)
		if (strchr(allowed, id.p[i]) == NULL || id.p[i] == '\0')
			return err_set(e, "--id takes letters, digits, \".\", "
			    "\"_\" and \"-\"");
	if (id.n == 0 || id.n >= CHANGE_ID)
		return err_set(e, "--id takes 1 to %d characters",
		    CHANGE_ID - 1);
	if (twice_is_numbered(id))
		return err_set(e, "--id cannot be an E, R or P and a number: "
		    "these ids are given by the program");
	return 0;
}

/* Whether x begins at another time than change asks for. One that was to begin
 * in the past began when it was granted. */
static bool
twice_begins_otherwise(const struct state *state, const struct change *change,
    const struct exception *x)
{
	if (change->from == 0)
		return x->from > state->seen;
	return change->from > x->from ||
	    (change->from < x->from && x->from > state->seen);
}

/* Whether a text that may be absent is the same. */
static bool
twice_is_same(struct slice a, struct slice b)
{
	return (a.p == NULL && b.p == NULL) || slice_eq(a, b);
}

/* Names what differs, for people. */
static void
twice_add_differing(const struct state *state, const struct change *change,
    const struct exception *x, const struct exception *now, struct text *t)
{
	const struct {
		const char *name;
		bool differs;
	} terms[] = {
		{ "the partner", !slice_eq(now->partner, x->partner) },
		{ "the hop", now->hop != x->hop },
		{ "--floor", now->floor != x->floor },
		{ "--until", now->until != x->until },
		{ "--from", twice_begins_otherwise(state, change, now) },
		{ "--key", !twice_is_same(now->key, x->key) },
		{ "--override-published",
		    now->override_published != x->override_published },
		{ "--owner", !twice_is_same(now->owner, x->owner) },
		{ "--reason", !twice_is_same(now->reason, x->reason) },
		{ "--ticket", !twice_is_same(now->ticket, x->ticket) },
		{ "--approver", !twice_is_same(now->approver, x->approver) },
	};
	const char *before = "";

	for (size_t i = 0; i < COUNT_OF(terms); i++)
		if (terms[i].differs) {
			text_add(t, "%s%s", before, terms[i].name);
			before = ", ";
		}
}

/* -1 with e filled unless now has the terms that change asks for. */
static int
twice_check_terms(const struct state *state, const struct change *change,
    const struct exception *x, const struct exception *now, struct err *e)
{
	char differing[200];
	struct text t;

	text_init(&t, differing, sizeof(differing));
	twice_add_differing(state, change, x, now, &t);
	if (text_so_far(&t).n == 0)
		return 0;
	return err_set(e, "the id %.*s is that of an exception with other "
	    "terms%s; different: %.*s", SLICE_ARGS(change->id),
	    now->until <= state->seen ? ", which has ended" : "",
	    SLICE_ARGS(text_so_far(&t)));
}

/* Looks among what waits, or has waited. */
static int
twice_id_pending(const struct state *state, const struct change *change,
    const struct exception *x, struct change_made *made, struct err *e)
{
	const struct pending *p = pending_find(state, change->id);
	const struct exception *now;

	if (p == NULL || p->approved != 0)
		return 0;
	if (!pending_waits(p, state->seen))
		return err_set(e, "the id %.*s is that of an exception that "
		    "was %s: choose another one", SLICE_ARGS(change->id),
		    p->withdrawn != 0 ? "withdrawn" : "not approved in time");
	if (twice_check_terms(state, change, x, &p->exception, e) < 0)
		return -1;
	for (size_t i = 0; i < state->exception_count; i++) {
		now = &state->exceptions[i];
		if (slice_eq(now->id, p->id) && now->until > state->seen)
			made->acts_until = now->until;
	}
	made->already = made->waits = true;
	made->approve_until = pending_end(p);
	return 0;
}

int
change_twice_id(const struct state *state, const struct change *change,
    const struct exception *x, struct change_made *made, struct err *e)
{
	if (twice_check_id(change->id, e) < 0 ||
	    twice_id_pending(state, change, x, made, e) < 0)
		return -1;
	for (size_t i = 0; i < state->exception_count && !made->already; i++) {
		const struct exception *now = &state->exceptions[i];

		if (!slice_eq(now->id, change->id))
			continue;
		made->already = true;
		return twice_check_terms(state, change, x, now, e);
	}
	return 0;
}

/* Whether given lets everything pass that x would, when x begins. */
static bool
twice_gives(const struct exception *given, const struct exception *x)
{
	return given->hop == x->hop &&
	    slice_eq(given->partner, x->partner) && given->floor <= x->floor &&
	    (given->key.p == NULL || slice_eq(given->key, x->key)) &&
	    (given->override_published || !x->override_published) &&
	    given->from <= x->from && x->from < given->until;
}

int
change_twice_given(const struct state *state, const struct exception *x,
    enum level least, struct err *e)
{
	for (size_t i = 0; i < state->exception_count; i++) {
		const struct exception *given = &state->exceptions[i];
		const struct pending *p;
		char until[STATETEXT_TIME];

		if (given->floor < least || !twice_gives(given, x) ||
		    (x->id.p != NULL && slice_eq(given->id, x->id)))
			continue;
		statetext_show_time(given->until, until);
		p = pending_find(state, given->id);
		if (p != NULL && pending_waits(p, state->seen))
			return err_set(e, "exception %.*s gives this already, "
			    "until %s, and longer if another person approves "
			    "it: `enforcetls exception approve %.*s`",
			    SLICE_ARGS(given->id), until,
			    SLICE_ARGS(given->id));
		return err_set(e, "exception %.*s gives this already, until "
		    "%s: `enforcetls exception renew %.*s --until DATE "
		    "--reason WHY` moves its end", SLICE_ARGS(given->id),
		    until, SLICE_ARGS(given->id));
	}
	return 0;
}
