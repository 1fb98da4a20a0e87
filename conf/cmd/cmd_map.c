/* SPDX-License-Identifier: BSD-2-Clause */
/* map - print the answer that Postfix gets for a next hop, and why; write all
 * answers to a file */
#include "config.h"

#include <assert.h>
#include <jansson.h>
#include <time.h>

#include <unistd.h>

#include "conf/base/readers.h"
#include "conf/export/mapdraft.h"
#include "conf/export/mapfile.h"
#include "conf/export/maptimer.h"
#include "conf/file/listening.h"
#include "conf/file/read.h"
#include "conf/show/print_difference.h"
#include "conf/tool/ask_daemon.h"
#include "conf/tool/command.h"
#include "conf/tool/kept_loss.h"
#include "conf/tool/reach_daemon.h"
#include "conf/tool/service_user.h"
#include "policy/base/text.h"
#include "policy/outbound/outbound.h"
#include "policy/staging.h"

struct map_options {
	struct outbound_question question;
	struct slice key;               /* as given */
	bool published;                 /* --published was given */
	bool exports;                   /* --export */
	bool timer;                     /* --timer */
};

/* clang-format off */
static const struct command_option options[] = {
	{ "postfix-version", "VERSION", 'v', "answer as for it, such as 3.7" },
	{ "published", "TEXT", 'p', "what the destination asks for itself" },
	{ "export", NULL, 'e', "write all answers to the file" },
	{ "timer", NULL, 't', "for enforcetls-map.service" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static const char misused[] = "takes one key, and a version such as 3.10";

static int
map_take_option(void *data, int option, struct err *e)
{
	struct map_options *out = data;
	struct outbound_question *question = &out->question;

	switch (option) {
	case 'v':
		if (listening_postfix_version(slice_of(optarg),
			&question->postfix_version))
			return 0;
		return err_set(e, "%s", misused);
	case 'p':
		question->published = slice_of(optarg);
		out->published = true;
		break;
	case 'e':
		out->exports = true;
		break;
	case 't':
		out->timer = true;
		break;
	}
	return 0;
}

/* --export: without a daemon, which keeps the file by itself. */

static json_t *
map_export_json(const char *path, const struct mapfile_head *head,
    bool left_out)
{
	json_t *o = json_object();

	json_object_set_new(o, "file", jsontext_shown(slice_of(path)));
	json_object_set_new(o, "keys", jsontext_count(head->keys));
	json_object_set_new(o, "policy", json_string(head->policy));
	json_object_set_new(o, "exceptions", json_boolean(head->excepting));
	json_object_set_new(o, "exceptions_left_out", json_boolean(left_out));
	return o;
}

static void
map_export_print(json_t *o, FILE *out)
{
	long long keys = jsontext_number(o, "keys");

	fprintf(out, "%s: %lld key%s%s\n", jsontext_at(o, "file").p, keys,
	    text_plural(keys),
	    json_is_true(json_object_get(o, "exceptions"))
	    ? ", with exceptions" : "");
	if (json_is_true(json_object_get(o, "exceptions_left_out")))
		fputs("note:    exceptions and pauses are left out: the timer "
		    "that would end them,\n         enforcetls-map.timer, has "
		    "not run for three minutes\n", out);
}

/* Whether a daemon has the file in hand; -1 with e filled when it does, or when
 * that cannot be found out. */
static int
map_refuse_daemons_file(struct invocation *invocation,
    const struct policy *policy, const char *path, struct err *e)
{
	json_t *request, *answer = NULL;
	enum control_reach reach;

	if (!slice_eq(slice_of(path), policy->settings.map_static))
		return 0;
	request = json_pack("{s:s}", "do", "status");
	reach = reach_daemon(invocation, policy, request, &answer, e);
	json_decref(request);
	json_decref(answer);
	if (reach == CONTROL_ANSWERED)
		err_set(e, "the daemon keeps %s, from the policy that it has "
		    "in force: use enforcetls reload", path);
	return reach == CONTROL_NO_DAEMON ? 0 : -1;
}

static void
map_print_refusal(json_t *o, FILE *out)
{
	const json_t *difference = json_object_get(o, "difference");

	print_difference(difference, out);
	fprintf(out, "error                %s\n", jsontext_at(o, "error").p);
	print_loss_command(difference, jsontext_at(o, "allow_with").p, out);
}

/* Postfix would ask less by the file than the policy in force does, or than a
 * start would run. */
static enum exit_status
map_refuse_loss(const struct invocation *invocation, json_t *difference)
{
	json_t *o = json_object();
	const char *digest = jsontext_at(difference, "digest").p;

	json_object_set_new(o, "ok", json_false());
	json_object_set_new(o, "error", json_string("not written: the policy "
	    "on disk asks less than the one in force, or the last one that "
	    "was; correct the files, or take the loss with the daemon "
	    "running"));
	json_object_set_new(o, "allow_with",
	    ask_daemon_loss_command(invocation, digest));
	json_object_set_new(o, "difference", difference);
	command_answer(invocation, o, JSONTEXT_LINE, map_print_refusal);
	return STATUS_FINDINGS;
}

/* Writes the file and prints what it has. */
static enum exit_status
map_export_to(const struct invocation *invocation, const char *path,
    const struct policy *policy, const struct state *state, int64_t clock)
{
	int64_t now = state_now(state, clock);
	bool running = maptimer_is_running(path, clock);
	struct mapfile_head head;
	struct err e = { .line = 0 };

	if (mapfile_write(path, policy, state, now, running, &head, &e) < 0)
		return command_failed(invocation, &e);
	command_answer(invocation, map_export_json(path, &head, !running &&
	    mapfile_has_exceptions(state, now)), JSONTEXT_LINE,
	    map_export_print);
	return STATUS_GOOD;
}

/* Writes what the policy on disk makes of the map. */
static enum exit_status
map_export(struct invocation *invocation, struct policy *policy)
{
	const char *path = invocation->word_count == 0
	    ? policy->settings.map_static.p : invocation->words[0];
	struct state *state = command_apply_state(invocation, policy);
	int64_t clock = time(NULL);
	json_t *difference = NULL;
	struct err e = { .line = 0 };
	enum exit_status status;

	if (path == NULL)
		status = command_misused(invocation, "map.static is not set: "
		    "name a file");
	else if (map_refuse_daemons_file(invocation, policy, path, &e) < 0 ||
	    kept_loss_find(invocation, policy, clock, &difference, &e) < 0 ||
	    service_user_become(policy, &e) < 0 ||
	    mapdraft_check_free(path, &e) < 0)
		status = command_failed(invocation, &e);
	else if (difference != NULL)
		status = map_refuse_loss(invocation, json_incref(difference));
	else
		status = map_export_to(invocation, path, policy, state, clock);
	json_decref(difference);
	state_destroy(&state);
	return status;
}

/*
 * An exception has begun or ended since the file was written. Only the policy
 * that it was written from may write it again here: another one on disk was
 * never put in force. Without it the exceptions end.
 */
static int
map_export_again(struct invocation *invocation, const char *path,
    const struct mapfile_head *head, int64_t now, struct err *e)
{
	struct policy *policy = command_policy(invocation, invocation->config);
	struct state *state = policy == NULL ? NULL
	    : command_apply_state(invocation, policy);
	struct mapfile_head written;
	int r = 0;

	if (state != NULL && state->health == STATE_GOOD &&
	    state->generation == head->generation &&
	    slice_eq(slice_of(policy->digest), slice_of(head->policy)))
		r = mapfile_write(path, policy, state, state_now(state, now),
		    true, &written, e);
	else if (head->excepting)
		r = mapfile_end_exceptions(path, now, e);
	state_destroy(&state);
	policy_destroy(&policy);
	return r;
}

/* A run of enforcetls-map.timer. It needs no policy as long as nothing ends:
 * one that cannot be read must not keep an exception alive. */
static enum exit_status
map_export_by_timer(struct invocation *invocation)
{
	const char *path = invocation->words[0];
	struct mapfile_head head;
	struct err e = { .line = 0 };
	int told, r = 0;
	int64_t now;

	if (geteuid() == 0) {
		err_set(&e, "--timer is for enforcetls-map.service, which runs "
		    "as the daemon's user: root does not use that user's "
		    "folder");
		return command_failed(invocation, &e);
	}
	if (maptimer_touch(path, &e) < 0)
		return command_failed(invocation, &e);
	switch (mapfile_read_head(path, &head, &e)) {
	case MAPFILE_UNREADABLE:
		return command_failed(invocation, &e);
	case MAPFILE_NONE:
		/* To begin is the daemon's, or an administrator's. */
		return STATUS_GOOD;
	case MAPFILE_GOOD:
		break;
	}
	told = maptimer_tell(path, head.written, time(NULL),
	    maptimer_steady_ms(), &now, &e);
	if (head.next_change <= now)
		r = map_export_again(invocation, path, &head, now, &e);
	if (r < 0)
		mapfile_fall_back(path);
	return r < 0 || told < 0 ? command_failed(invocation, &e) : STATUS_GOOD;
}

static enum exit_status
map_run_export(struct invocation *invocation, const struct map_options *asked)
{
	struct policy *policy;
	enum exit_status status;

	if (!asked->exports || invocation->word_count > 1 ||
	    (asked->timer && invocation->word_count == 0))
		return command_misused(invocation, "--export takes one file, "
		    "and --timer goes with both");
	if (asked->timer)
		return map_export_by_timer(invocation);
	policy = command_policy(invocation, invocation->config);
	if (policy == NULL)
		return STATUS_FAILED;
	status = map_export(invocation, policy);
	policy_destroy(&policy);
	return status;
}

/* What Postfix finds in the file of map.static. */

/* Whether the file says what the map answers. */
static bool
map_agrees(const struct outbound_answer *answer, struct slice text)
{
	switch (answer->kind) {
	case OUTBOUND_OK:
		return slice_eq(text, slice_from((struct slice){ answer->text,
		    answer->n }, sizeof("OK ") - 1));
	case OUTBOUND_NOTFOUND:
		return text.p == NULL;
	case OUTBOUND_TEMP:
		break;
	}
	return slice_starts(text, SLICE("enforcetls-conflict "));
}

/* Returns new. *agrees becomes false if Postfix gets another answer from the
 * file. */
static json_t *
map_static_json(const struct policy *policy, struct slice key,
    const struct outbound_answer *answer, bool *agrees)
{
	struct arena *a = arena_create(1024);
	json_t *o = json_object();
	struct slice found = SLICE_NONE, text = SLICE_NONE;
	struct unix_user_before before;
	struct err e = { .line = 0 };
	char who[READERS_TEXT];
	enum mapfile status = MAPFILE_UNREADABLE;

	if (service_user_enter(policy, &before, &e) >= 0)
		status = mapfile_find(policy->settings.map_static.p, key, a,
		    &found, &text, &e);
	unix_user_leave(&before);
	if (status == MAPFILE_NONE)
		err_set(&e, "it is not there: Postfix defers all mail");
	*agrees = status == MAPFILE_GOOD && map_agrees(answer, text);
	json_object_set_new(o, "file",
	    jsontext_shown(policy->settings.map_static));
	json_object_set_new(o, "key", jsontext_shown(found));
	json_object_set_new(o, "text", jsontext_shown(text));
	json_object_set_new(o, "agrees", json_boolean(*agrees));
	json_object_set_new(o, "error", status == MAPFILE_GOOD ? json_null()
	    : jsontext_exact(slice_of(arena_printf(a, "%s%s", e.text,
		readers_of(e.number, policy->settings.map_static.p, who)))));
	arena_destroy(&a);
	return o;
}

static void
map_print_static(const json_t *o, FILE *out)
{
	const char *error = jsontext_at(o, "error").p;
	const char *key = jsontext_at(o, "key").p;

	if (!json_is_object(o))
		return;
	if (error != NULL && slice_starts(slice_of(error),
	    jsontext_at(o, "file"))) {
		fprintf(out, "static:  %s\n", error);
		return;
	}
	if (error != NULL) {
		fprintf(out, "static:  %s: %s\n", jsontext_at(o, "file").p,
		    error);
		return;
	}
	if (key == NULL)
		fputs("static:  no key\n", out);
	else
		fprintf(out, "static:  %s, key %s\n", jsontext_at(o, "text").p,
		    key);
	if (!json_is_true(json_object_get(o, "agrees")))
		fprintf(out, "         this is not the answer above, and it "
		    "is what Postfix goes by: if %s\n         is current "
		    "(status warns otherwise), name this next hop in "
		    "next_hops\n", jsontext_at(o, "file").p);
}

/* The partner's name; for a table line with only a profile, its key. */
static struct slice
map_name_of(const struct outbound_row *row)
{
	struct slice name = row->rule->partner->name;

	assert(name.p != NULL || row->row.key.p != NULL);
	return name.p == NULL ? row->row.key : name;
}

static const char *
map_why_text(const struct outbound_answer *answer)
{
	return answer->problem != NULL &&
	    answer->why == OUTBOUND_WHY_CONFLICT
	    ? answer->problem : outbound_why_text(answer->why);
}

static void
map_add_term(json_t *o, const struct term *term)
{
	char demand[600];

	demand_show(term->demand, demand, sizeof(demand));
	json_object_set_new(o, "need", jsontext_shown(slice_of(demand)));
	json_object_set_new(o, "stage", json_string(stage_name(term->stage)));
}

static json_t *
map_row_json(const struct outbound_row *row, bool for_people)
{
	const struct exception *exception = row->exception;
	json_t *o, *and;

	if (row->rule == NULL)
		return json_null();
	o = json_object();
	json_object_set_new(o, "partner", jsontext_shown(map_name_of(row)));
	json_object_set_new(o, "key", jsontext_shown(row->row.key));
	json_object_set_new(o, "rule", place_to_json(row->rule->place));
	map_add_term(o, &row->terms[0]);
	if (row->term_count > 1) {
		and = json_object();
		map_add_term(and, &row->terms[1]);
		json_object_set_new(o, "and", and);
	}
	json_object_set_new(o, "exception", exception == NULL ? json_null()
	    : jsontext_shown(exception->id));
	if (exception != NULL && for_people)
		json_object_set_new(o, "exception_floor",
		    json_string(level_name(exception->floor)));
	return o;
}

static json_t *
map_json(const struct map_options *asked,
    const struct outbound_answer *answer, bool for_people)
{
	json_t *o = json_object();

	json_object_set_new(o, "key", jsontext_shown(asked->key));
	json_object_set_new(o, "answer", jsontext_shown(
	    (struct slice){ answer->text, answer->n }));
	json_object_set_new(o, "why", json_string(map_why_text(answer)));
	json_object_set_new(o, "row", map_row_json(&answer->acting,
	    for_people));
	json_object_set_new(o, "other", map_row_json(&answer->second,
	    for_people));
	json_object_set_new(o, "not_yet",
	    map_row_json(&answer->rollout, for_people));
	return o;
}

static void
map_print_row(const char *what, const json_t *row, FILE *out)
{
	const json_t *and = json_object_get(row, "and");

	if (!json_is_object(row))
		return;
	fprintf(out, "%s%s (%s), key %s: %s, stage %s\n", what,
	    jsontext_at(row, "partner").p, jsontext_at(row, "rule").p,
	    jsontext_at(row, "key").p, jsontext_at(row, "need").p,
	    jsontext_at(row, "stage").p);
	if (and != NULL)
		fprintf(out, "         and %s, stage %s\n",
		    jsontext_at(and, "need").p, jsontext_at(and, "stage").p);
	if (jsontext_at(row, "exception").p != NULL)
		fprintf(out, "         exception %s: down to %s\n",
		    jsontext_at(row, "exception").p,
		    jsontext_at(row, "exception_floor").p);
}

static void
map_print(json_t *o, FILE *out)
{
	fprintf(out, "answer:  %s\n", jsontext_at(o, "answer").p);
	fprintf(out, "why:     %s\n", jsontext_at(o, "why").p);
	map_print_row("row:     ", json_object_get(o, "row"), out);
	map_print_row("and:     ", json_object_get(o, "other"), out);
	map_print_row("not yet: ", json_object_get(o, "not_yet"), out);
	map_print_static(json_object_get(o, "static"), out);
}

/* The published policy of a domain is looked up by the daemon alone. */
static void
map_print_note(const struct policy *policy, const struct map_options *asked,
    FILE *out)
{
	char text[300];

	if (policy->settings.published.p == NULL || asked->published ||
	    asked->question.key.form != OUTBOUND_FORM_HOST)
		return;
	slice_show(policy->settings.published, text, sizeof(text));
	fprintf(out, "note:    %s is looked up as well; its answer can only "
	    "add to\n         this (--published TEXT shows the "
	    "result)\n", text);
}

/* Prints the answer to asked, with what a file of map.static has. */
static enum exit_status
map_answer(const struct invocation *invocation, const struct policy *policy,
    const struct map_options *asked)
{
	struct outbound_answer answer;
	bool agrees = true;
	json_t *o;

	outbound_answer(policy, &asked->question, &answer);
	o = map_json(asked, &answer, !invocation->json);
	/* For another version, or with what is published, the answer is not
	 * that of the daemon. */
	if (policy->settings.map_static.p != NULL && !asked->published &&
	    asked->question.postfix_version == 0)
		json_object_set_new(o, "static", map_static_json(policy,
		    asked->key, &answer, &agrees));
	command_answer(invocation, o, JSONTEXT_PAGE, map_print);
	if (!invocation->json)
		map_print_note(policy, asked, invocation->out);
	return agrees ? STATUS_GOOD : STATUS_FINDINGS;
}

enum exit_status
cmd_map(struct invocation *invocation)
{
	struct map_options asked = { .question = { .now = time(NULL),
		.publication = PUBLICATION_NONE } };
	struct policy *policy;
	struct state *state;
	enum exit_status status;

	if (!command_read(invocation, options, map_take_option, &asked,
		&status))
		return status;
	if (asked.exports || asked.timer)
		return map_run_export(invocation, &asked);
	if (invocation->word_count != 1)
		return command_misused(invocation, "%s", misused);
	asked.key = slice_of(invocation->words[0]);
	outbound_key_read(asked.key, &asked.question.key);
	if (asked.published)
		asked.question.publication = PUBLICATION_TEXT;
	policy = command_policy_in_force(invocation);
	if (policy == NULL)
		return STATUS_FAILED;
	if (asked.published && policy->settings.published.p == NULL)
		policy->settings.published = SLICE("--published");
	state = command_apply_state(invocation, policy);
	asked.question.now = state_now(state, asked.question.now);
	status = map_answer(invocation, policy, &asked);
	state_destroy(&state);
	policy_destroy(&policy);
	return status;
}
