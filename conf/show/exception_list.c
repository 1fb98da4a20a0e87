/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/show/exception_list.h"
#include "conf/base/amount.h"
#include "conf/effective.h"
#include "conf/show/print_json.h"
#include "conf/show/print_queue.h"
#include "conf/show/times.h"
#include "conf/state/pending.h"
#include "conf/state/statetext.h"
#include "policy/base/text.h"

enum { COMMAND = 1024 };

json_t *
exception_list_command(const char *config, const char *verb, struct slice id)
{
	char command[COMMAND];
	struct text t;

	text_init(&t, command, sizeof(command));
	text_add(&t, "enforcetls ");
	if (config != NULL) {
		text_add(&t, "-c ");
		print_queue_word(&t, slice_of(config));
		text_byte(&t, ' ');
	}
	text_add(&t, "exception %s %.*s", verb, SLICE_ARGS(id));
	/* Half a command must not be run. */
	return t.cut ? json_null() : jsontext_exact(text_so_far(&t));
}

/* How often it was needed, if that is known. */
static void
exception_add_uses(const struct exception *x,
    const struct exception_usage *usage, json_t *o)
{
	struct exception_uses uses = { .count = 0 };
	/* The map's answers are not recorded one by one: a count of the routes
	 * that were judged at RCPT would be one of some mail. */
	bool known = usage != NULL && x->hop != HOP_OUTBOUND;

	if (known)
		uses = exception_usage_of(usage, x->id);
	json_object_set_new(o, "needed_30d", known
	    ? jsontext_count(uses.count) : json_null());
	json_object_set_new(o, "needed_last", time_to_json(uses.last));
}

/* A uid, if one is known. */
static json_t *
exception_uid(bool is_known, unsigned long uid)
{
	return is_known ? json_integer((json_int_t)uid) : json_null();
}

/* The terms, which waiting ones have too. */
static json_t *
exception_terms(const struct exception *x)
{
	json_t *o = json_object();

	json_object_set_new(o, "id", jsontext_exact(x->id));
	json_object_set_new(o, "partner", jsontext_exact(x->partner));
	json_object_set_new(o, "hop", json_string(hop_name(x->hop)));
	json_object_set_new(o, "floor", json_string(level_name(x->floor)));
	json_object_set_new(o, "key", jsontext_exact(x->key));
	json_object_set_new(o, "from", time_to_json(x->from));
	json_object_set_new(o, "until", time_to_json(x->until));
	json_object_set_new(o, "owner", jsontext_exact(x->owner));
	json_object_set_new(o, "reason", jsontext_exact(x->reason));
	json_object_set_new(o, "ticket", jsontext_exact(x->ticket));
	json_object_set_new(o, "approver", jsontext_exact(x->approver));
	json_object_set_new(o, "override_published",
	    json_boolean(x->override_published));
	return o;
}

json_t *
exception_list_item(const struct policy *policy, const struct exception *x,
    const struct exception_usage *usage, int64_t now)
{
	const char *why = effective_exception_not(policy, x);
	json_t *o = exception_terms(x);

	json_object_set_new(o, "seconds_left",
	    json_integer(x->until > now ? x->until - now : 0));
	json_object_set_new(o, "asked_by", exception_uid(x->alone != 0 ||
	    x->approved != 0, x->asked_by));
	json_object_set_new(o, "approved_by", exception_uid(x->approved != 0,
	    x->approved_by));
	exception_add_uses(x, usage, o);
	json_object_set_new(o, "void_because",
	    why == NULL ? json_null() : json_string(why));
	json_object_set_new(o, "waits", json_false());
	return o;
}

/* A pause has other terms. */
static json_t *
exception_pause_terms(const struct pending *p)
{
	json_t *o = json_object();

	json_object_set_new(o, "id", jsontext_exact(p->id));
	json_object_set_new(o, "hop",
	    json_string(p->all_hops ? "all" : hop_name(p->hop)));
	json_object_set_new(o, "lasts", json_integer(p->lasts));
	json_object_set_new(o, "reason", jsontext_exact(p->reason));
	return o;
}

json_t *
exception_list_waiting(const struct pending *p, const char *config)
{
	json_t *o = p->kind == PENDING_PAUSE ? exception_pause_terms(p)
	    : exception_terms(&p->exception);

	json_object_set_new(o, "waits", json_true());
	json_object_set_new(o, "kind",
	    json_string(pending_kind_name(p->kind)));
	if (p->kind == PENDING_RENEWAL) {
		json_object_set_new(o, "renews",
		    jsontext_exact(p->exception.id));
		json_object_set_new(o, "id", jsontext_exact(p->id));
		json_object_set_new(o, "reason", jsontext_exact(p->reason));
	}
	json_object_set_new(o, "asked", time_to_json(p->asked));
	json_object_set_new(o, "asked_by",
	    json_integer((json_int_t)p->asked_by));
	json_object_set_new(o, "claimed_by", jsontext_exact(p->claimed_by));
	json_object_set_new(o, "approve_until", time_to_json(pending_end(p)));
	json_object_set_new(o, "approve_command",
	    exception_list_command(config, "approve", p->id));
	return o;
}

void
exception_list_add_waiting(const struct state *state, int64_t now,
    const char *config, json_t *list)
{
	for (size_t i = 0; i < state->pending_count; i++)
		if (pending_waits(&state->pending[i], now))
			json_array_append_new(list,
			    exception_list_waiting(&state->pending[i], config));
}

/* Whether it begins later. The time of the list is until - seconds_left. */
static bool
exception_begins_later(const json_t *o)
{
	int64_t from, until;

	return statetext_time(jsontext_at(o, "from"), &from) &&
	    statetext_time(jsontext_at(o, "until"), &until) &&
	    from > until - jsontext_number(o, "seconds_left");
}

/* "left: 3 days", "left: 36 seconds". */
static void
exception_show_left(const json_t *o, char *out, size_t size)
{
	long long left = jsontext_number(o, "seconds_left");
	char shown[AMOUNT_TEXT];

	if (left <= 0)
		snprintf(out, size, "ended");
	else
		snprintf(out, size, "%s%s", exception_begins_later(o)
		    ? "begins later, left: " : "left: ",
		    amount_show_duration(left, shown));
}

/* A line for a member; nothing for an absent or empty one. */
static void
exception_print_given(const json_t *o, const char *key, const char *before,
    FILE *out)
{
	char shown[300];

	if (jsontext_at(o, key).n > 0)
		fprintf(out, "       %s%s\n", before,
		    show_member(o, key, shown, sizeof(shown)));
}

static void
exception_print_needed(const json_t *o, FILE *out)
{
	struct slice last = jsontext_at(o, "needed_last");
	long long times = jsontext_number(o, "needed_30d");

	if (json_is_null(json_object_get(o, "needed_30d")))
		fputs("       how often it was needed is not known\n", out);
	else
		fprintf(out, "       needed %lld time%s in %d days, last: "
		    "%s\n", times, text_plural(times),
		    EXCEPTION_USAGE_DAYS, last.p == NULL ? "never" : last.p);
}

/* Who granted it, where that takes two. */
static void
exception_print_persons(const json_t *o, FILE *out)
{
	if (json_is_integer(json_object_get(o, "approved_by")))
		fprintf(out, "       asked for by uid %lld, approved by uid "
		    "%lld\n", (long long)jsontext_number(o, "asked_by"),
		    (long long)jsontext_number(o, "approved_by"));
	else if (json_is_integer(json_object_get(o, "asked_by")))
		fprintf(out, "       granted by uid %lld alone, for a few "
		    "hours\n", (long long)jsontext_number(o, "asked_by"));
}

/* What an auditor asks for. */
static void
exception_print_rest(const json_t *o, FILE *out)
{
	exception_print_given(o, "key", "only for ", out);
	exception_print_given(o, "ticket", "ticket ", out);
	exception_print_given(o, "approver", "approved by ", out);
	if (json_is_true(json_object_get(o, "override_published")))
		fputs("       also below the published policy\n", out);
}

static void
exception_print_reason(const json_t *o, FILE *out)
{
	char owner[128], reason[300];

	fprintf(out, "       owner %s, reason: %s\n",
	    show_member(o, "owner", owner, sizeof(owner)),
	    show_member(o, "reason", reason, sizeof(reason)));
}

/* One that is granted. */
static void
exception_print(const json_t *o, FILE *out)
{
	char id[64], partner[128], left[64];

	exception_show_left(o, left, sizeof(left));
	fprintf(out, "%-6s %s %s: at least %s until %s (%s)\n",
	    show_member(o, "id", id, sizeof(id)),
	    show_member(o, "partner", partner, sizeof(partner)),
	    jsontext_at(o, "hop").p, jsontext_at(o, "floor").p,
	    jsontext_at(o, "until").p, left);
	exception_print_reason(o, out);
	exception_print_rest(o, out);
	exception_print_persons(o, out);
	exception_print_needed(o, out);
	exception_print_given(o, "void_because", "has no effect now: ", out);
}

/* What waits: an exception, a later end for one, or a pause. */
static void
exception_print_asked(const json_t *o, FILE *out)
{
	char partner[128], renews[64], lasts[AMOUNT_TEXT];

	if (json_object_get(o, "lasts") != NULL)
		fprintf(out, "a pause of %s for %s\n", jsontext_at(o, "hop").p,
		    amount_show_duration(jsontext_number(o, "lasts"), lasts));
	else {
		fprintf(out, "%s %s: at least %s ",
		    show_member(o, "partner", partner, sizeof(partner)),
		    jsontext_at(o, "hop").p, jsontext_at(o, "floor").p);
		if (jsontext_at(o, "renews").p != NULL)
			fprintf(out, "(%s) ", show_member(o, "renews", renews,
				sizeof(renews)));
		fprintf(out, "until %s\n", jsontext_at(o, "until").p);
	}
}

void
exception_list_print_asked(const json_t *o, FILE *out)
{
	char reason[300], claimed[128];

	exception_print_asked(o, out);
	if (jsontext_at(o, "owner").p != NULL)
		exception_print_reason(o, out);
	else
		fprintf(out, "       reason: %s\n",
		    show_member(o, "reason", reason, sizeof(reason)));
	exception_print_rest(o, out);
	fprintf(out, "       asked for by uid %lld at %s",
	    (long long)jsontext_number(o, "asked_by"),
	    jsontext_at(o, "asked").p);
	if (jsontext_at(o, "claimed_by").p != NULL)
		fprintf(out, ", as SUDO_USER claims: %s",
		    show_member(o, "claimed_by", claimed, sizeof(claimed)));
	fputc('\n', out);
}

static void
exception_print_waiting(const json_t *o, FILE *out)
{
	char id[64], local[TIMES_TEXT], until[64] = "?";
	int64_t time;

	fprintf(out, "%-6s waits for approval: ",
	    show_member(o, "id", id, sizeof(id)));
	exception_list_print_asked(o, out);
	if (statetext_time(jsontext_at(o, "approve_until"), &time))
		snprintf(until, sizeof(until), "%s local time",
		    times_show(time, local));
	fprintf(out, "       another person can approve it before %s:\n"
	    "       %s\n", until, jsontext_at(o, "approve_command").p);
}

void
exception_list_print_due(json_t *list, FILE *out)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
		if (json_is_true(json_object_get(o, "waits")))
			exception_print_waiting(o, out);
		else
			exception_print(o, out);
}

void
exception_list_print(json_t *list, FILE *out)
{
	const json_t *o;
	size_t i, granted = 0;

	json_array_foreach(list, i, o)
		if (!json_is_true(json_object_get(o, "waits")))
			granted++;
	exception_list_print_due(list, out);
	if (granted == 0)
		fputs("no exception is in force\n", out);
}
