/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "conf/departed.h"
#include "conf/loss.h"
#include "conf/state/change.h"
#include "conf/state/change_event.h"
#include "conf/state/pending.h"
#include "conf/state/stages.h"
#include "policy/base/jsontext.h"
#include "policy/vocabulary.h"

enum {
	/* Octets of names in one event: it fits when all of them are
	 * escaped. */
	NAMES = 6000
};

/* One change of the state. */
struct departure {
	const struct policy *old, *new;
	json_t *stages, *exceptions, *requests; /* what it ends; borrows */
	size_t octets;                  /* of their names */
	bool more;                      /* the next change has more to end */
};

/* Whether that rule leaves the policy. */
static bool
departed_leaves(const struct policy *old, const struct policy *new,
    struct slice partner, enum hop hop)
{
	struct slice known_as;

	return change_rule(new, partner, hop, &known_as, NULL) == NULL &&
	    change_rule(old, partner, hop, &known_as, NULL) != NULL;
}

static bool
departed_exception(const struct exception *x, const struct policy *old,
    const struct policy *new, int64_t now)
{
	return x->until > now && departed_leaves(old, new, x->partner, x->hop);
}

static bool
departed_request(const struct pending *p, const struct policy *old,
    const struct policy *new, int64_t now)
{
	return p->kind != PENDING_PAUSE && pending_waits(p, now) &&
	    departed_leaves(old, new, p->exception.partner, p->exception.hop);
}

bool
departed_any(const struct state *state, const struct policy *old,
    const struct policy *new, int64_t now)
{
	if (state == NULL)
		return false;
	for (size_t i = 0; i < state->stage_count; i++)
		if (departed_leaves(old, new, state->stages[i].partner,
			state->stages[i].hop))
			return true;
	for (size_t i = 0; i < state->exception_count; i++)
		if (departed_exception(&state->exceptions[i], old, new, now))
			return true;
	for (size_t i = 0; i < state->pending_count; i++)
		if (departed_request(&state->pending[i], old, new, now))
			return true;
	return false;
}

bool
departed_may_end(const struct policy *old, const struct policy *new,
    int64_t now)
{
	struct policy was = *old, is = *new;

	if (old->settings.mode == MODE_ENFORCE &&
	    new->settings.mode == MODE_ENFORCE)
		return true;
	was.settings.mode = is.settings.mode = MODE_ENFORCE;
	return loss_count(&was, &is, now) == 0;
}

/* Whether the event has room for that name too. One always fits. */
static bool
departed_has_room(struct departure *d, struct slice name)
{
	d->octets += name.n + 16;
	if (d->octets <= NAMES || d->octets == name.n + 16)
		return true;
	d->more = true;
	return false;
}

static void
departed_end_stages(struct departure *d, struct state *state)
{
	size_t n = 0;

	for (size_t i = 0; i < state->stage_count; i++) {
		const struct stage_entry *entry = &state->stages[i];

		if (departed_leaves(d->old, d->new, entry->partner,
			entry->hop) && departed_has_room(d, entry->partner))
			json_array_append_new(d->stages,
			    json_sprintf("%.*s %s", SLICE_ARGS(entry->partner),
				hop_name(entry->hop)));
		else
			state->stages[n++] = *entry;
	}
	state->stage_count = n;
}

static void
departed_end_exceptions(struct departure *d, struct state *state)
{
	for (size_t i = 0; i < state->exception_count; i++) {
		struct exception *x = &state->exceptions[i];

		if (!departed_exception(x, d->old, d->new, state->seen) ||
		    !departed_has_room(d, x->id))
			continue;
		json_array_append_new(d->exceptions, jsontext_exact(x->id));
		x->until = state->seen;
		if (x->from > x->until)
			x->from = x->until;
	}
}

static void
departed_withdraw(struct departure *d, struct state *state)
{
	for (size_t i = 0; i < state->pending_count; i++) {
		struct pending *p = &state->pending[i];

		if (!departed_request(p, d->old, d->new, state->seen) ||
		    !departed_has_room(d, p->id))
			continue;
		json_array_append_new(d->requests, jsontext_exact(p->id));
		p->withdrawn = state->seen;
	}
}

/* Adds the list to the event unless it is empty. Takes it. */
static void
departed_add_list(json_t *event, const char *key, json_t *list)
{
	if (json_array_size(list) > 0)
		json_object_set(event, key, list);
	json_decref(list);
}

/* A state_edit_fn. */
static int
departed_edit(struct state *state, void *data, char *event, size_t size,
    struct err *e)
{
	struct departure *d = data;
	json_t *o = json_object();

	d->stages = json_array();
	d->exceptions = json_array();
	d->requests = json_array();
	d->octets = 0;
	d->more = false;
	departed_end_stages(d, state);
	departed_end_exceptions(d, state);
	departed_withdraw(d, state);
	departed_add_list(o, "ended_stages", d->stages);
	departed_add_list(o, "ended_exceptions", d->exceptions);
	departed_add_list(o, "withdrawn", d->requests);
	/* Another process may have ended it all. */
	if (json_object_size(o) == 0) {
		json_decref(o);
		return 0;
	}
	change_event_text(o, "event", SLICE("departed"));
	return change_event_write(event, size, o, e);
}

int
departed_end(const struct state_place *place, const struct policy *old,
    const struct policy *new, const struct actor *actor, struct err *e)
{
	struct departure d = { .old = old, .new = new };

	assert(place->folder != NULL);
	do {
		if (state_change(place, actor, departed_edit, &d, e) < 0)
			return -1;
	} while (d.more);
	return 0;
}
