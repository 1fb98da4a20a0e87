/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>
#include <unistd.h>

#include "conf/tool/apply_change.h"
#include "conf/base/control.h"
#include "conf/show/print_json.h"
#include "conf/tool/service_user.h"

struct change_outcome {
	bool made;
	bool by_daemon;
	struct change_made out;         /* if it was made */
	struct err e;                   /* why it was not made */
};

static json_t *
apply_change_json(const struct change_outcome *o)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "ok", json_boolean(o->made));
	json_object_set_new(answer, "daemon", json_boolean(o->by_daemon));
	json_object_set_new(answer, "id", o->out.id[0] == '\0' ? json_null()
	    : json_string(o->out.id));
	if (o->made)
		json_object_set_new(answer, "already",
		    json_boolean(o->out.already));
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

static void
apply_change_print(json_t *answer, FILE *out)
{
	const char *id = jsontext_at(answer, "id").p;
	bool already = json_is_true(json_object_get(answer, "already"));

	fprintf(out, "%s%s%s", already ? "already so: nothing was changed"
	    : "done", id == NULL ? "" : ": ", id == NULL ? "" : id);
	fputs(apply_change_where(answer), out);
	fputc('\n', out);
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
		    o->e.text);
		return STATUS_FINDINGS;
	}
	answer = apply_change_json(o);
	if (o->made && telling->add != NULL)
		telling->add(answer, telling->data);
	command_answer(invocation, answer, JSONTEXT_LINE, telling->print);
	return o->made ? STATUS_GOOD : STATUS_FINDINGS;
}

/* *o is the daemon's answer only when it is ANSWERED; else e of it is why. */
static enum control_reach
apply_change_ask_daemon(const struct policy *policy,
    const struct change *change, struct change_outcome *o)
{
	json_t *request = change_to_json(change), *answer = NULL;
	enum control_reach reach;
	const char *text;

	json_object_set_new(request, "do", json_string("change"));
	reach = control_ask(&policy->settings, request, &answer, &o->e);
	json_decref(request);
	if (reach != CONTROL_ANSWERED)
		return reach;
	o->by_daemon = true;
	o->made = json_is_true(json_object_get(answer, "ok"));
	text = jsontext_at(answer, o->made ? "id" : "error").p;
	o->out.already = json_is_true(json_object_get(answer, "already"));
	if (o->made)
		snprintf(o->out.id, sizeof(o->out.id), "%s",
		    text == NULL ? "" : text);
	else
		err_set(&o->e, "%s", text == NULL ? "no reason given" : text);
	json_decref(answer);
	return reach;
}

static void
apply_change_make_here(const struct policy *policy, const struct change *change,
    struct change_outcome *o)
{
	struct actor actor = { .uid = getuid(), .reason = change->reason,
		.clock = time(NULL) };

	struct state_place place = place_of(&policy->settings);

	assert(place.folder != NULL);
	o->made = service_user_become(policy, &o->e) >= 0 &&
	    change_make(&place, policy, change, &actor,
		&o->out, &o->e) >= 0;
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
apply_change_telling(struct invocation *invocation,
    const struct policy *policy, const struct change *change,
    const struct apply_change_telling *telling)
{
	struct change_outcome o = { .made = false };

	assert(change->kind != CHANGE_UNSET);
	/* JSON would not carry other bytes to the daemon unchanged. */
	if (change_check_texts(change, &o.e) < 0)
		return apply_change_report(invocation, &o, telling);
	switch (apply_change_ask_daemon(policy, change, &o)) {
	case CONTROL_ANSWERED:
		return apply_change_report(invocation, &o, telling);
	case CONTROL_NO_DAEMON:
		apply_change_make_here(policy, change, &o);
		return apply_change_report(invocation, &o, telling);
	case CONTROL_FAILED:
		break;
	}
	/* A daemon that did not answer may be making it. */
	fprintf(invocation->err, "enforcetls: %s\n", o.e.text);
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
	if (state == NULL)
		fprintf(invocation->err, "enforcetls: %s\n", e.text);
	else if (state->health == STATE_DAMAGED)
		fprintf(invocation->err, "enforcetls: the state in %s is "
		    "damaged: %s; exceptions are void, stages are the last "
		    "that were recorded; `enforcetls state repair` makes this "
		    "permanent\n", place.folder, state->damage.text);
	return state;
}
