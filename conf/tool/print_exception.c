/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/tool/print_exception.h"
#include "conf/show/exception_list.h"
#include "conf/show/print_json.h"
#include "conf/show/times.h"
#include "conf/state/statetext.h"
#include "conf/tool/apply_change.h"
#include "policy/audit/deferral.h"
#include "policy/base/text.h"

/* More queue ids than this are counted in text; JSON has all. */
enum { IDS_NAMED = 20, LINES_SHOWN = 20 };

/* What mail must still prove. */
static const char *
print_grant_passes(enum level floor)
{
	switch (floor) {
	case LEVEL_NONE:
		return "in any way, even without TLS";
	case LEVEL_ENCRYPT:
		return "with any TLS, whoever the peer is";
	case LEVEL_VERIFY:
		return "with any certificate that the MTA can verify";
	case LEVEL_UNSET:
		break;
	}
	return "as its rule demands";
}

static const char *
print_grant_mail(enum hop hop)
{
	switch (hop) {
	case HOP_INBOUND:
		return "mail from";
	case HOP_ENTRY:
		return "incoming mail for";
	case HOP_EARLIER:
		return "mail between our own relays for";
	case HOP_OUTBOUND:
		return "mail to the next hops of";
	case HOP_COUNT:
		break;
	}
	return "mail of";
}

struct grant_freed {
	const struct print_grant *grant;
	json_t *ids;
	uint64_t unsure;                /* messages whose rule is not known */
};

/* Whether the exception lets this message pass. */
static bool
print_grant_frees(const struct change *c, const struct waiting_group *group,
    const struct waiting_mail *mail)
{
	const struct demand *demand = group->row.terms[0].demand;
	enum lack lack = deferral_lack(mail->reason);
	enum level floor;

	if (lack == LACK_NONE)
		lack = deferral_lack(mail->other_reason);
	floor = lack_floor(lack, demand);
	return floor != LEVEL_UNSET && c->floor <= floor &&
	    (c->key.p == NULL || slice_eq(c->key, mail->key));
}

static void
print_grant_visit(const struct waiting_group *group, void *data)
{
	struct grant_freed *freed = data;
	const struct change *c = freed->grant->change;
	struct slice last = SLICE_NONE;

	if (group->kind == WAITING_UNSURE)
		freed->unsure += group->messages;
	if (group->kind != WAITING_RULE || group->row.rule == NULL ||
	    group->row.term_count == 0 ||
	    !slice_eq(group->partner, c->partner))
		return;
	for (const struct waiting_mail *m = group->mail; m != NULL;
	     m = m->next) {
		if (slice_eq(m->id, last) || !print_grant_frees(c, group, m))
			continue;
		json_array_append_new(freed->ids, jsontext_exact(m->id));
		last = m->id;
	}
}

/* Whether nothing passes before another person approves it. */
static bool
print_grant_waits(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "waits")) &&
	    !json_is_string(json_object_get(answer, "acts_until"));
}

/* The ids of the queue that it frees, and how many messages it may free; null
 * when that is not known. */
static void
print_grant_queue(const struct print_grant *grant, json_t *answer)
{
	const struct change *c = grant->change;
	struct grant_freed freed = { .grant = grant };

	if (c->hop != HOP_OUTBOUND || c->from > grant->now ||
	    grant->waiting == NULL || print_grant_waits(answer)) {
		json_object_set_new(answer, "frees", json_null());
		json_object_set_new(answer, "may_free", json_null());
		return;
	}
	freed.ids = json_array();
	waiting_each(grant->waiting, print_grant_visit, &freed);
	json_object_set_new(answer, "frees", freed.ids);
	json_object_set_new(answer, "may_free", jsontext_count(freed.unsure));
}

void
print_grant_add(const struct print_grant *grant, json_t *answer)
{
	const struct change *c = grant->change;
	json_t *acts_until = json_object_get(answer, "acts_until");

	assert(c->kind == CHANGE_GRANT);
	/* One person grants it for less time; or nothing passes yet. */
	if (!json_is_string(acts_until))
		acts_until = NULL;
	json_object_set_new(answer, "partner", jsontext_exact(c->partner));
	json_object_set_new(answer, "named_by_key",
	    jsontext_exact(grant->key));
	json_object_set_new(answer, "hop", json_string(hop_name(c->hop)));
	json_object_set_new(answer, "floor",
	    json_string(level_name(c->floor)));
	json_object_set_new(answer, "key", jsontext_exact(c->key));
	json_object_set_new(answer, "passes", json_sprintf("%s",
	    print_grant_passes(c->floor)));
	json_object_set_new(answer, "mail",
	    json_string(print_grant_mail(c->hop)));
	json_object_set_new(answer, "from", time_to_json(
	    c->from > grant->now ? c->from : grant->now));
	json_object_set_new(answer, "begins_later",
	    json_boolean(c->from > grant->now));
	json_object_set_new(answer, "until", acts_until == NULL
	    ? time_to_json(c->until) : json_incref(acts_until));
	json_object_set_new(answer, "asked_until", time_to_json(c->until));
	json_object_set_new(answer, "ended",
	    json_boolean(c->until <= grant->now));
	json_object_set_new(answer, "end_command",
	    exception_list_command(grant->config, "end",
		jsontext_at(answer, "id")));
	print_grant_queue(grant, answer);
	json_object_set_new(answer, "left_out_of", grant->left_out_of == NULL
	    ? json_null() : jsontext_shown(slice_of(grant->left_out_of)));
}

/* "2026-03-31 18:00:00 local time (2026-03-31T16:00:00Z)". */
static void
print_grant_time(const json_t *answer, const char *key, const char *before,
    FILE *out)
{
	char local[TIMES_TEXT];
	int64_t time;

	if (statetext_time(jsontext_at(answer, key), &time))
		fprintf(out, "%s %s local time (%s)", before,
		    times_show(time, local), jsontext_at(answer, key).p);
}

static void
print_grant_freed(const json_t *ids, long long unsure, FILE *out)
{
	size_t count = json_array_size(ids), i;
	const json_t *id;
	char shown[64];

	if (unsure > 0)
		fprintf(out, "    %lld message%s in the queue may wait for it: "
		    "see enforcetls queue\n", unsure, unsure == 1 ? "" : "s");
	if (count == 0 && unsure == 0)
		fputs("    no mail in the queue waits for it\n", out);
	if (count == 0)
		return;
	fprintf(out, "    it frees %zu message%s in the queue, from the next "
	    "attempt:", count, count == 1 ? "" : "s");
	json_array_foreach(ids, i, id) {
		if (i == IDS_NAMED)
			break;
		slice_show(slice_of(json_string_value(id)), shown,
		    sizeof(shown));
		fprintf(out, " %s", shown);
	}
	if (count > IDS_NAMED)
		fprintf(out, " and %zu more", count - IDS_NAMED);
	fputc('\n', out);
}

static void
print_grant_key(const json_t *answer, FILE *out)
{
	char word[300], partner[128];

	if (jsontext_at(answer, "named_by_key").p == NULL)
		return;
	show_member(answer, "named_by_key", word, sizeof(word));
	show_member(answer, "partner", partner, sizeof(partner));
	fprintf(out, "    %s is a key of %s", word, partner);
	if (jsontext_at(answer, "key").p == NULL)
		fprintf(out, ": the exception is for every key of it, unless "
		    "--key names one");
	fputc('\n', out);
}

/* "on inbound, mail from bank now passes with any TLS, until ...". */
static void
print_grant_what(const json_t *answer, FILE *out)
{
	bool later = json_is_true(json_object_get(answer, "begins_later"));
	bool ended = json_is_true(json_object_get(answer, "ended"));
	bool waits = print_grant_waits(answer);
	char partner[128], key[300];

	fprintf(out, "    on %s, %s %s", jsontext_at(answer, "hop").p,
	    jsontext_at(answer, "mail").p,
	    show_member(answer, "partner", partner, sizeof(partner)));
	if (jsontext_at(answer, "key").p != NULL)
		fprintf(out, " under the key %s", show_member(answer, "key",
			key, sizeof(key)));
	fprintf(out, " %s %s", waits ? "would pass" : ended ? "passed" : later
	    ? "passes" : "now passes", jsontext_at(answer, "passes").p);
	if (later)
		print_grant_time(answer, "from", ", from", out);
	print_grant_time(answer, "until", later ? " until" : ", until", out);
	fputc('\n', out);
	print_grant_key(answer, out);
	apply_change_print_waiting(answer, out);
}

/* The first word is for scripts, too. */
static const char *
print_grant_word(const json_t *answer)
{
	if (json_is_true(json_object_get(answer, "already")))
		return "already";
	return print_grant_waits(answer) ? "waits" : "done";
}

void
print_grant_text(const json_t *answer, FILE *out)
{
	bool ended = json_is_true(json_object_get(answer, "ended"));
	char id[64];

	fprintf(out, "%s: %s\n", print_grant_word(answer),
	    show_member(answer, "id", id, sizeof(id)));
	print_grant_what(answer, out);
	if (!ended && jsontext_at(answer, "end_command").p != NULL)
		fprintf(out, "    to %s: %s\n", print_grant_waits(answer)
		    ? "withdraw it" : "end it sooner",
		    jsontext_at(answer, "end_command").p);
	if (!ended && jsontext_at(answer, "left_out_of").p != NULL)
		fprintf(out, "    it is not in %s, which has no exceptions "
		    "unless enforcetls-map.timer runs\n",
		    jsontext_at(answer, "left_out_of").p);
	if (!ended && json_is_array(json_object_get(answer, "frees")))
		print_grant_freed(json_object_get(answer, "frees"),
		    jsontext_number(answer, "may_free"), out);
	if (!json_is_true(json_object_get(answer, "daemon")) &&
	    !json_is_true(json_object_get(answer, "already")))
		fputs("    written without a daemon; a running daemon applies "
		    "it within a second\n", out);
}

/* A line for each text of the list, so many at most. */
static void
print_history_event_list(const char *key, const json_t *list, size_t most,
    FILE *out)
{
	char shown[400];
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		if (i == most) {
			fprintf(out, "\n    %zu more, see --json",
			    json_array_size(list) - most);
			break;
		}
		slice_show(slice_of(json_string_value(one)), shown,
		    sizeof(shown));
		fprintf(out, "\n    %s: %s", key, shown);
	}
}

/* The other members of an event of the history: texts, flags that are set, and
 * what ended, with the first lines of a loss: --json has them all. */
static void
print_history_event_rest(json_t *event, FILE *out)
{
	char shown[400];
	const char *key;
	json_t *value;

	json_object_foreach(event, key, value)
		if (json_is_string(value) && json_string_length(value) > 0)
			fprintf(out, "\n    %s: %s", key, show_member(event,
			    key, shown, sizeof(shown)));
		else if (json_is_true(value))
			fprintf(out, "\n    %s", key);
		else if (strcmp(key, "ended_demands") == 0 ||
		    strcmp(key, "ended_stages") == 0 ||
		    strcmp(key, "ended_exceptions") == 0 ||
		    strcmp(key, "withdrawn") == 0)
			print_history_event_list(key, value, SIZE_MAX, out);
		else if (strcmp(key, "lines") == 0)
			print_history_event_list("lost", value, LINES_SHOWN,
			    out);
		else if (strcmp(key, "asked_by") == 0)
			fprintf(out, "\n    asked for by uid %lld",
			    (long long)json_integer_value(value));
}

/* "TIME EVENT ID PARTNER HOP by uid N" and a line for each other member. */
static void
print_history_event(struct slice line, FILE *out)
{
	static const char *const first[] = { "time", "event", "id", "partner",
		"hop" };
	json_t *event = json_loadb(line.p, line.n, 0, NULL);
	char shown[400];

	if (!json_is_object(event)) {
		slice_show(line, shown, sizeof(shown));
		fprintf(out, "cannot be read: %s\n", shown);
		json_decref(event);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(first); i++) {
		if (jsontext_at(event, first[i]).p == NULL)
			continue;
		fprintf(out, "%s%s", i == 0 ? "" : " ", show_member(event,
		    first[i], shown, sizeof(shown)));
		json_object_del(event, first[i]);
	}
	fprintf(out, " by uid %lld",
	    (long long)jsontext_number(event, "uid"));
	print_history_event_rest(event, out);
	fputc('\n', out);
	json_decref(event);
}

/* A line that cannot be read is a string. */
static void
print_history_event_json(struct slice line, FILE *out)
{
	json_t *event = json_loadb(line.p, line.n, 0, NULL);

	if (event == NULL)
		event = jsontext_exact(line);
	print_json(event, JSONTEXT_LINE, out);
	json_decref(event);
}

void
print_history_line(struct slice line, bool json, FILE *out)
{
	if (slice_ends(line, SLICE("\n")))
		line = slice_head(line, line.n - 1);
	if (line.n > 0 && json)
		print_history_event_json(line, out);
	else if (line.n > 0)
		print_history_event(line, out);
}
