/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <grp.h>
#include <pwd.h>
#include <time.h>
#include <unistd.h>

#include "conf/cmd/apply_change.h"
#include "conf/base/control.h"
#include "conf/show/print_json.h"

/* What came of a change. */
struct outcome_of {
	bool made;
	bool by_daemon;
	char id[CHANGE_ID];
	struct err e;
};

static json_t *
change_json(const struct outcome_of *o)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "ok", json_boolean(o->made));
	json_object_set_new(answer, "daemon", json_boolean(o->by_daemon));
	json_object_set_new(answer, "id", o->id[0] == '\0' ? json_null()
	    : json_string(o->id));
	if (!o->made)
		json_object_set_new(answer, "error",
		    jsontext_exact(slice_of(o->e.text)));
	return answer;
}

static void
change_print(json_t *answer, FILE *out)
{
	const char *id = jsontext_at(answer, "id").p;

	fprintf(out, "done%s%s%s\n", id == NULL ? "" : ": ",
	    id == NULL ? "" : id,
	    json_is_true(json_object_get(answer, "daemon")) ? ""
	    : " (written without a daemon; a running daemon applies it within "
	    "a second)");
}

static enum exit_status
change_report(const struct invocation *invocation, const struct outcome_of *o)
{
	if (!o->made && !invocation->json)
		fprintf(invocation->err, "enforcetls: not done: %s\n",
		    o->e.text);
	else
		command_answer(invocation, change_json(o), JSONTEXT_LINE,
		    change_print);
	return o->made ? STATUS_GOOD : STATUS_FINDINGS;
}

static bool
change_ask_daemon(const struct policy *policy, const struct change *change,
    struct outcome_of *o, enum control_reach *reach)
{
	json_t *request = change_to_json(change), *answer = NULL;
	const char *text;

	json_object_set_new(request, "do", json_string("change"));
	*reach = control_ask(&policy->settings, request, &answer, &o->e);
	json_decref(request);
	if (*reach != CONTROL_ANSWERED)
		return false;
	o->by_daemon = true;
	o->made = json_is_true(json_object_get(answer, "ok"));
	text = jsontext_at(answer, o->made ? "id" : "error").p;
	if (o->made)
		snprintf(o->id, sizeof(o->id), "%s", text == NULL ? "" : text);
	else
		err_set(&o->e, "%s", text == NULL ? "no reason given" : text);
	json_decref(answer);
	return true;
}

int
apply_change_as_owner(const struct policy *policy, struct err *e)
{
	char name[64];
	const struct passwd *pw;

	if (geteuid() != 0)
		return 0;
	slice_show(policy->settings.user, name, sizeof(name));
	pw = getpwnam(name);
	if (pw == NULL)
		return err_set(e, "there is no user %s, who owns the state",
		    name);
	if (initgroups(name, pw->pw_gid) == -1 || setegid(pw->pw_gid) == -1 ||
	    seteuid(pw->pw_uid) == -1)
		return err_errno(e, "becoming %s", name);
	return 0;
}

static void
change_make_here(const struct policy *policy, const struct change *change,
    struct outcome_of *o)
{
	struct actor actor = { .uid = getuid(), .reason = change->reason,
		.clock = time(NULL) };
	char folder[512];

	snprintf(folder, sizeof(folder), "%.*s",
	    SLICE_ARGS(policy->settings.state));
	o->made = apply_change_as_owner(policy, &o->e) == 0 &&
	    change_make(folder, policy, change, &actor, o->id, &o->e) == 0;
}

enum exit_status
apply_change(struct invocation *invocation, const struct policy *policy,
    const struct change *change)
{
	struct outcome_of o = { .made = false };
	enum control_reach reach = CONTROL_NO_DAEMON;

	/* What is no text would reach nobody as it was meant. */
	if (change_check_texts(change, &o.e) < 0 ||
	    change_ask_daemon(policy, change, &o, &reach))
		return change_report(invocation, &o);
	/* A daemon that is there and does not answer may be making it. */
	if (reach == CONTROL_FAILED) {
		fprintf(invocation->err, "enforcetls: %s\n", o.e.text);
		return STATUS_FAILED;
	}
	change_make_here(policy, change, &o);
	return change_report(invocation, &o);
}

struct state *
apply_change_state(struct invocation *invocation, const struct policy *policy)
{
	struct state *state;
	char folder[512];
	struct err e;

	snprintf(folder, sizeof(folder), "%.*s",
	    SLICE_ARGS(policy->settings.state));
	state = state_read(folder, &e);
	if (state == NULL)
		fprintf(invocation->err, "enforcetls: %s\n", e.text);
	else if (state->health == STATE_DAMAGED)
		fprintf(invocation->err, "enforcetls: the state in %s is "
		    "damaged: %s; exceptions are void, stages are those of its "
		    "history; `enforcetls state repair` makes this permanent\n",
		    folder, state->damage.text);
	return state;
}
