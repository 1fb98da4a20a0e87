/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/state/change_pause.h"
#include "conf/base/amount.h"
#include "conf/state/change_event.h"
#include "conf/state/pending.h"
#include "conf/state/statetext.h"
#include "policy/base/text.h"

enum {
	DAY = 86400,
	/* Seconds within which the same pause is asked for again. */
	AGAIN = 60
};

/* Seconds. */
static int64_t
change_pause_longest(const struct settings *settings)
{
	return settings->exception_longest < DAY
	    ? (int64_t)settings->exception_longest : DAY;
}

static bool
change_is_for(const struct change *c, unsigned hop)
{
	return c->all_hops || (unsigned)c->hop == hop;
}

/* "all" or the hop. */
static const char *
change_pause_hops(const struct change *c)
{
	return c->all_hops ? "all" : hop_name(c->hop);
}

int
change_pause_check(const struct settings *settings, const struct change *c,
    struct err *e)
{
	int64_t longest = change_pause_longest(settings), lasts = c->lasts;
	char shown[AMOUNT_TEXT];

	if (lasts <= 0)
		return err_set(e, "a pause must end: --for 4h");
	if (lasts > longest)
		return err_set(e, "a pause lasts at most %s%s",
		    amount_show_duration(longest, shown), longest < DAY
		    ? ", which is exceptions.longest" : "");
	return 0;
}

int64_t
change_pause_already(const struct state *state, const struct change *c,
    int64_t now, struct slice *id)
{
	int64_t until = now + c->lasts, first = 0;

	for (unsigned hop = 0; hop < HOP_COUNT; hop++) {
		const struct pause *pause = &state->pauses[hop];

		if (!change_is_for(c, hop))
			continue;
		if (pause->until <= now || pause->until > until ||
		    until - pause->until > AGAIN)
			return 0;
		if (first == 0 || pause->until < first) {
			first = pause->until;
			*id = pause->id;
		}
	}
	return first;
}

/* Since when the hop has been paused without a break. */
static int64_t
change_pause_since(const struct state *state, unsigned hop)
{
	const struct pause *pause = &state->pauses[hop];

	return pause->until > state->seen ? pause->since : state->seen;
}

/* One that is made longer again and again would never end. */
static int
change_pause_check_whole(const struct state *state,
    const struct settings *settings, const struct change *c, struct err *e)
{
	int64_t longest = change_pause_longest(settings), since;
	char shown[AMOUNT_TEXT], began[STATETEXT_TIME];

	for (unsigned hop = 0; hop < HOP_COUNT; hop++) {
		since = change_pause_since(state, hop);
		if (!change_is_for(c, hop) ||
		    state->seen + c->lasts - since <= longest)
			continue;
		statetext_show_time(since, began);
		return err_set(e, "%s has been paused since %s, and a pause "
		    "lasts at most %s: end that one first, with `enforcetls "
		    "pause --end%s%s`, or choose a shorter --for",
		    hop_name((enum hop)hop), began,
		    amount_show_duration(longest, shown), c->all_hops ? ""
		    : " ", c->all_hops ? "" : hop_name(c->hop));
	}
	return 0;
}

int
change_pause_begin(struct state *state, const struct policy *policy,
    const struct change *c, uid_t uid, char id[CHANGE_ID], char *event,
    size_t size, struct err *e)
{
	struct pause pause = { .until = state->seen + c->lasts,
		.uid = (unsigned long)uid, .reason = c->reason };
	char until[STATETEXT_TIME];
	json_t *o;

	if (change_pause_check(&policy->settings, c, e) < 0 ||
	    change_pause_check_whole(state, &policy->settings, c, e) < 0)
		return -1;
	assert(state->generation > 0);
	if (c->id.p != NULL)
		snprintf(id, CHANGE_ID, "%.*s", SLICE_ARGS(c->id));
	else
		snprintf(id, CHANGE_ID, "P%lu", state->generation);
	pause.id = arena_copy(state->arena, slice_of(id));
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (change_is_for(c, hop)) {
			pause.since = change_pause_since(state, hop);
			state->pauses[hop] = pause;
		}
	statetext_show_time(pause.until, until);
	o = json_object();
	change_event_text(o, "event", SLICE("pause"));
	change_event_text(o, "id", pause.id);
	change_event_text(o, "hop", slice_of(change_pause_hops(c)));
	change_event_text(o, "until", slice_of(until));
	change_event_text(o, "queue", c->queue);
	return change_event_write(event, size, o, e);
}

/* No pause of these hops is in force. */
static int
change_pause_ended(const struct state *state, const struct change *c,
    struct change_made *made, struct err *e)
{
	for (size_t i = 0; i < state->pending_count; i++) {
		const struct pending *p = &state->pending[i];

		if (p->kind == PENDING_PAUSE && pending_waits(p, state->seen) &&
		    (p->all_hops || change_is_for(c, (unsigned)p->hop)))
			return err_set(e, "no pause is in force, and %.*s "
			    "waits for approval: `enforcetls exception end "
			    "%.*s` withdraws it", SLICE_ARGS(p->id),
			    SLICE_ARGS(p->id));
	}
	made->already = true;
	return 0;
}

int
change_pause_end(struct state *state, const struct change *c,
    struct change_made *made, char *event, size_t size, struct err *e)
{
	bool any = false;
	json_t *o;

	for (unsigned hop = 0; hop < HOP_COUNT; hop++) {
		struct pause *pause = &state->pauses[hop];

		if (!change_is_for(c, hop) || pause->until <= state->seen)
			continue;
		snprintf(made->id, CHANGE_ID, "%.*s", SLICE_ARGS(pause->id));
		pause->until = state->seen;
		any = true;
	}
	if (!any)
		return change_pause_ended(state, c, made, e);
	o = json_object();
	change_event_text(o, "event", SLICE("end-pause"));
	change_event_text(o, "id", slice_of(made->id));
	change_event_text(o, "hop", slice_of(change_pause_hops(c)));
	return change_event_write(event, size, o, e);
}
