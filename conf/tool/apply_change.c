/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "conf/tool/apply_change.h"
#include "conf/loss.h"
#include "conf/show/exception_list.h"
#include "conf/show/print_json.h"
#include "conf/show/times.h"
#include "conf/state/statetext.h"
#include "conf/tool/reach_daemon.h"
#include "conf/tool/service_user.h"

struct change_outcome {
	bool made;
	bool by_daemon;
	struct change_made out;         /* if it was made */
	struct err e;                   /* why it was not made */
};

/* What another person has to do. */
static void
apply_change_add_waiting(const struct invocation *invocation,
    json_t *answer, const struct change_made *out)
{
	json_object_set_new(answer, "acts_until",
	    time_to_json(out->acts_until));
	json_object_set_new(answer, "approve_until",
	    time_to_json(out->approve_until));
	json_object_set_new(answer, "approve_command", out->waits
	    ? exception_list_command(invocation->chosen ? invocation->config
	    : NULL, "approve", slice_of(out->id)) : json_null());
}

static json_t *
apply_change_json(const struct invocation *invocation,
    const struct change_outcome *o)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "ok", json_boolean(o->made));
	json_object_set_new(answer, "daemon", json_boolean(o->by_daemon));
	json_object_set_new(answer, "id", o->out.id[0] == '\0' ? json_null()
	    : json_string(o->out.id));
	if (o->made) {
		json_object_set_new(answer, "already",
		    json_boolean(o->out.already));
		json_object_set_new(answer, "waits",
		    json_boolean(o->out.waits));
	}
	if (o->out.waits || o->out.acts_until != 0)
		apply_change_add_waiting(invocation, answer, &o->out);
	if (!o->made)
		json_object_set_new(answer, "error",
		    jsontext_exact(slice_of(o->e.text)));
	return answer;
}

/* Who wrote it, unless it was the daemon. */
static const char *
apply_change_where(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "daemon")) ||
	    json_is_true(json_object_get(answer, "already")) ? ""
	    : " (written without a daemon; a running daemon applies it within "
	    "a second)";
}

/* "2026-03-31 18:00:00 local time (2026-03-31T16:00:00Z)". */
static void
apply_change_print_time(const json_t *answer, const char *key, FILE *out)
{
	char local[TIMES_TEXT];
	int64_t time;

	if (statetext_time(jsontext_at(answer, key), &time))
		fprintf(out, "%s local time (%s)", times_show(time, local),
		    jsontext_at(answer, key).p);
}

void
apply_change_print_waiting(const json_t *answer, FILE *out)
{
	bool acts = jsontext_at(answer, "acts_until").p != NULL;

	if (!json_is_true(json_object_get(answer, "waits")))
		return;
	if (acts)
		fputs("    if another person, who is not root, approves it "
		    "before ", out);
	else
		fprintf(out, "    nothing %s yet: another person, who is not "
		    "root, has to approve it before ", jsontext_at(answer,
		    "passes").p == NULL ? "changes" : "passes");
	apply_change_print_time(answer, "approve_until", out);
	if (acts) {
		fputs(", it lasts until ", out);
		apply_change_print_time(answer, "asked_until", out);
	}
	fprintf(out, ":\n    %s\n", jsontext_at(answer, "approve_command").p);
}

static void
apply_change_print(json_t *answer, FILE *out)
{
	const char *id = jsontext_at(answer, "id").p;
	bool already = json_is_true(json_object_get(answer, "already"));
	bool waits = json_is_true(json_object_get(answer, "waits"));

	fprintf(out, "%s%s%s", already ? "already so: nothing was changed"
	    : waits ? "waits for approval" : "done",
	    id == NULL ? "" : ": ", id == NULL ? "" : id);
	fputs(apply_change_where(answer), out);
	fputc('\n', out);
	if (!already && !waits && jsontext_at(answer, "in_force").p != NULL)
		fprintf(out, "    %s\n", jsontext_at(answer, "in_force").p);
	apply_change_print_waiting(answer, out);
}

static void
apply_change_add_in_force(json_t *answer, void *data)
{
	const char *text = data;

	json_object_set_new(answer, "in_force",
	    jsontext_exact(slice_of(text)));
}

static enum exit_status
apply_change_report(const struct invocation *invocation,
    const struct change_outcome *o, const struct apply_change_telling *telling)
{
	json_t *answer;

	/* Either it was made, or there is a reason. */
	assert(o->made || o->e.text[0] != '\0');
	if (!o->made && !invocation->json) {
		fprintf(invocation->err, "enforcetls: not done: %s\n",
		    o->e.number == EUCLEAN && invocation->damage_shown
		    ? "repair it first with `enforcetls state repair "
		      "--reason WHY`"
		    : o->e.text);
		return STATUS_FINDINGS;
	}
	answer = apply_change_json(invocation, o);
	if (o->made && telling->add != NULL)
		telling->add(answer, telling->data);
	command_answer(invocation, answer, JSONTEXT_LINE, telling->print);
	return o->made ? STATUS_GOOD : STATUS_FINDINGS;
}

/* *o is the daemon's answer only when it is ANSWERED; else e of it is why. */
static enum control_reach
apply_change_ask_daemon(struct invocation *invocation,
    const struct policy *policy, const struct change *change,
    struct change_outcome *o)
{
	json_t *request = change_to_json(change), *answer = NULL;
	enum control_reach reach;
	const char *text;

	json_object_set_new(request, "do", json_string("change"));
	reach = reach_daemon(invocation, policy, request, &answer, &o->e);
	json_decref(request);
	if (reach != CONTROL_ANSWERED)
		return reach;
	o->by_daemon = true;
	o->made = json_is_true(json_object_get(answer, "ok"));
	text = jsontext_at(answer, o->made ? "id" : "error").p;
	o->out.already = json_is_true(json_object_get(answer, "already"));
	o->out.waits = json_is_true(json_object_get(answer, "waits"));
	o->out.acts_until = jsontext_number(answer, "acts_until");
	o->out.approve_until = jsontext_number(answer, "approve_until");
	if (o->made)
		snprintf(o->out.id, sizeof(o->out.id), "%s",
		    text == NULL ? "" : text);
	else
		err_kind(&o->e, json_is_true(json_object_get(answer,
		    "damaged")) ? EUCLEAN : 0, "%s", text == NULL
		    ? "no reason given" : text);
	json_decref(answer);
	return reach;
}

static void
apply_change_make_here(const struct policy *policy, const struct change *change,
    struct change_outcome *o)
{
	struct actor actor = { .uid = getuid(), .reason = change->reason,
		.claimed_by = change->claimed_by, .losses = loss_count,
		.clock = time(NULL) };
	struct state_place place = place_of(&policy->settings);

	assert(place.folder != NULL);
	o->made = service_user_become(policy, &o->e) >= 0 &&
	    change_make(&place, policy, change, &actor,
		&o->out, &o->e) >= 0;
	if (!o->made)
		service_user_name_writers(policy, &o->e);
}

enum exit_status
apply_change(struct invocation *invocation, const struct policy *policy,
    const struct change *change)
{
	const struct apply_change_telling plain = {
		.print = apply_change_print };

	return apply_change_telling(invocation, policy, change, &plain);
}

enum exit_status
apply_change_in_force(struct invocation *invocation,
    const struct policy *policy, const struct change *change, char *text)
{
	const struct apply_change_telling telling = {
		.add = apply_change_add_in_force, .data = text,
		.print = apply_change_print };

	return apply_change_telling(invocation, policy, change, &telling);
}

enum exit_status
apply_change_telling(struct invocation *invocation,
    const struct policy *policy, const struct change *change,
    const struct apply_change_telling *telling)
{
	struct change_outcome o = { .made = false };
	struct change claiming = *change;
	const char *claimed = getenv("SUDO_USER");

	assert(change->kind != CHANGE_UNSET);
	/* Anybody can set it: it is recorded, and never trusted. */
	if (claimed != NULL && claimed[0] != '\0')
		claiming.claimed_by = slice_of(claimed);
	change = &claiming;
	/* JSON would not carry other bytes to the daemon unchanged. */
	if (change_check_texts(change, &o.e) < 0)
		return apply_change_report(invocation, &o, telling);
	switch (apply_change_ask_daemon(invocation, policy, change, &o)) {
	case CONTROL_ANSWERED:
		return apply_change_report(invocation, &o, telling);
	case CONTROL_NO_DAEMON:
		apply_change_make_here(policy, change, &o);
		return apply_change_report(invocation, &o, telling);
	case CONTROL_FAILED:
		break;
	}
	/* A daemon that did not answer may be making it. */
	fprintf(invocation->err, "enforcetls: %s\n", o.e.number == EACCES &&
	    invocation->denied_shown ? "not done: the daemon has to make the "
	    "change" : o.e.text);
	return STATUS_FAILED;
}

struct state *
apply_change_read_state(struct invocation *invocation,
    const struct policy *policy)
{
	struct state_place place = place_of(&policy->settings);
	struct unix_user_before before;
	struct state *state = NULL;
	struct err e;

	assert(place.folder != NULL);
	if (service_user_enter(policy, &before, &e) >= 0)
		state = state_read(&place, &e);
	unix_user_leave(&before);
	if (state == NULL) {
		service_user_name_readers(policy, &e);
		fprintf(invocation->err, "enforcetls: %s\n", e.text);
	} else if (state->health == STATE_DAMAGED) {
		fprintf(invocation->err, "enforcetls: the state in %s is "
		    "damaged: %s; exceptions are void, stages are the last "
		    "that were recorded; `enforcetls state repair --reason "
		    "WHY` makes this permanent\n", place.folder,
		    state->damage.text);
		invocation->damage_shown = true;
	}
	return state;
}
