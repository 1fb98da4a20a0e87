/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "conf/tool/reach_daemon.h"
#include "conf/base/readers.h"
#include "conf/base/unix_user.h"
#include "conf/file/salvage.h"
#include "conf/file/toplevel.h"
#include "conf/state/kept.h"
#include "policy/base/arena.h"
#include "policy/base/jsontext.h"

/* What is asked: request, or, where that is NULL, the policy in force. */
struct reach_question {
	json_t *request;                /* borrows */
	json_t **answer;
	int *archive;
};

static enum control_reach
reach_ask(const struct settings *sockets, uid_t owner,
    const struct reach_question *q, struct err *e)
{
	return q->request == NULL
	    ? control_ask_policy(sockets, owner, q->archive, e)
	    : control_ask(sockets, owner, q->request, q->answer, e);
}

/* What the daemon noted in the folder, and whose the note is. Root reads it as
 * the owner of the folder. Returns new; NULL with e filled. */
static json_t *
reach_read_note(const char *folder, uid_t *owner, struct err *e)
{
	const struct state_place place = { .folder = folder };
	struct unix_user_before before;
	struct unix_user user = { .name = "" };
	struct stat st;
	json_t *note = NULL;

	if (stat(folder, &st) < 0) {
		err_errno(e, "%s", folder);
		return NULL;
	}
	user.uid = st.st_uid;
	user.gid = st.st_gid;
	if (unix_user_enter(&user, &before, e) >= 0)
		note = kept_read_daemon(&place, owner, e);
	unix_user_leave(&before);
	return note;
}

/* Once for each run of a command. */
static void
reach_report(struct invocation *invocation, struct slice socket,
    const json_t *note)
{
	struct slice policy = jsontext_at(note, "policy");
	char at[300], runs[300], file[300];

	if (invocation->elsewhere_shown)
		return;
	invocation->elsewhere_shown = true;
	slice_show_line(socket, at, sizeof(at));
	slice_show_line(policy, runs, sizeof(runs));
	slice_show_line(slice_of(invocation->config), file, sizeof(file));
	fprintf(invocation->err, "enforcetls: no daemon listens where %s says: "
	    "the one that runs is asked at %s", file, at);
	if (!slice_eq(policy, slice_of(invocation->config)))
		fprintf(invocation->err, "; its policy is that of %s", runs);
	fputc('\n', invocation->err);
}

/* Who may read the note, which was denied. */
static void
reach_name_readers(const char *folder, struct err *e)
{
	char path[SETTINGS_PATH + 16], who[READERS_TEXT];
	struct err cause = *e;

	snprintf(path, sizeof(path), "%s/state.conf", folder);
	err_kind(e, EACCES, "%s%s", cause.text, readers_of(EACCES, path, who));
}

/* Asks the daemon that noted itself in the folder. FAILED, too, when the note
 * may not be read: it cannot be said that none runs. */
static enum control_reach
reach_ask_noted(struct invocation *invocation, const char *folder,
    const struct reach_question *q, struct err *e)
{
	enum control_reach reach = CONTROL_NO_DAEMON;
	uid_t owner = (uid_t)-1;
	json_t *note = reach_read_note(folder, &owner, e), *one;
	size_t i;

	if (note == NULL && e->number == EACCES) {
		reach_name_readers(folder, e);
		return CONTROL_FAILED;
	}
	json_array_foreach(json_object_get(note, "control"), i, one) {
		struct listen where = { .spec =
			slice_of(json_string_value(one)) };
		const struct settings sockets = { .controls = &where,
			.control_count = 1 };

		if (where.spec.n == 0 || reach != CONTROL_NO_DAEMON)
			continue;
		reach = reach_ask(&sockets, owner, q, e);
		if (reach != CONTROL_NO_DAEMON)
			reach_report(invocation, where.spec, note);
	}
	json_decref(note);
	return reach;
}

/* The file may name another state folder by now, too. */
static enum control_reach
reach_ask_elsewhere(struct invocation *invocation, const char *folder,
    const struct reach_question *q, struct arena *a, struct err *e)
{
	enum control_reach reach = reach_ask_noted(invocation, folder, q, e);
	struct settings defaults;

	toplevel_defaults(a, &defaults);
	if (reach == CONTROL_NO_DAEMON && !invocation->chosen &&
	    !slice_eq(defaults.state, slice_of(folder)))
		reach = reach_ask_noted(invocation, defaults.state.p, q, e);
	return reach;
}

static enum control_reach
reach_find(struct invocation *invocation, const struct policy *policy,
    const struct reach_question *q, struct err *e)
{
	struct arena *a = arena_create(1024);
	const char *folder = policy == NULL
	    ? salvage_state(invocation->config, a) : policy->settings.state.p;
	enum control_reach reach;
	struct settings salvaged;
	struct err why, first;

	salvage_controls(invocation->config, a, &salvaged);
	reach = reach_ask(policy == NULL ? &salvaged : &policy->settings,
	    (uid_t)-1, q, e);
	if (reach == CONTROL_NO_DAEMON) {
		first = *e;
		reach = reach_ask_elsewhere(invocation, folder, q, a, &why);
		if (reach == CONTROL_FAILED)
			err_kind(e, why.number, "%s; where else a daemon may "
			    "listen is not known: %s", first.text, why.text);
	}
	arena_destroy(&a);
	return reach;
}

enum control_reach
reach_daemon(struct invocation *invocation, const struct policy *policy,
    json_t *request, json_t **answer, struct err *e)
{
	const struct reach_question q = { .request = request,
		.answer = answer };

	return reach_find(invocation, policy, &q, e);
}

enum control_reach
reach_daemon_policy(struct invocation *invocation, int *archive, struct err *e)
{
	const struct reach_question q = { .archive = archive };

	return reach_find(invocation, NULL, &q, e);
}
