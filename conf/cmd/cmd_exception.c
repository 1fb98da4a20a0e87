/* SPDX-License-Identifier: BSD-2-Clause */
/* exception - grant, list, renew or end an exception */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/amount.h"
#include "conf/export/maptimer.h"
#include "conf/file/named_partner.h"
#include "conf/file/read.h"
#include "conf/queue/queue_waiting.h"
#include "conf/show/exception_list.h"
#include "conf/show/logwalk.h"
#include "conf/show/times.h"
#include "conf/state/pending.h"
#include "conf/state/statetext.h"
#include "conf/tool/apply_change.h"
#include "conf/tool/print_exception.h"
#include "conf/tool/service_user.h"
#include "policy/audit/exception_usage.h"
#include "policy/evidence/dialect.h"

enum { DAY = 86400 };

/* One call; a row of the table of subcommands runs it. */
struct exception_call {
	struct invocation *invocation;
	struct policy *policy;          /* owns */
	struct state *state;            /* owns; add, renew */
	struct change change;
	const char *until;              /* as given; NULL: not */
	int64_t now;                    /* add, renew: seconds since 1970 */
	struct queue_place place;       /* add: what it frees */
	int64_t due;                    /* list: within so many seconds; 0:
	                                 * whenever they end */
	bool ended;                     /* list: those that have ended too */
};

/* clang-format off */
static const struct command_option options[] = {
	{ "floor", "LEVEL", 'f', "what is still asked: none, encrypt, verify" },
	{ "until", "DATE", 'u', "when it ends: 3d, 8h, 2026-03-31T18:00" },
	{ "from", "DATE", 'F', "when it begins; now, if not given" },
	{ "reason", "WHY", 'r', "why; the history keeps it" },
	{ "owner", "WHO", 'o', "who answers for it" },
	{ "ticket", "TICKET", 't', "a number of your own, for the history" },
	{ "approver", "WHO", 'a', "who allowed it, for the history" },
	{ "key", "DOMAIN", 'k', "for this one key of the partner alone" },
	{ "id", "NAME", 'i', "its name, in place of the next number" },
	{ "mta", "MTA", 'm', "whose queue to look at: postfix, sendmail" },
	{ "mta-config", "PATH", 'C', "the MTA's configuration" },
	{ "mta-program", "PATH", 'P', "the program that lists the queue" },
	{ "override-published", NULL, 'O',
	    "also below what the partner publishes" },
	{ "due", "14d", 'd', "only those that end within that time" },
	{ "ended", NULL, 'e', "those that have ended, too" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
exception_read_date(const char *text, int64_t *out, struct err *e)
{
	time_t t;

	if (amount_date(slice_of(text), &t, e) < 0)
		return -1;
	*out = t;
	return 0;
}

static int
exception_read_key(struct exception_call *call, const char *text, struct err *e)
{
	/* The change borrows it, as it borrows its texts from argv. */
	static struct key key;

	if (key_from_domain(slice_of(text), &key, NULL) < 0 &&
	    key_from_nexthop(slice_of(text), &key, e) < 0)
		return -1;
	call->change.key = key_slice(&key);
	return 0;
}

/* The member that a text of the command line is; NULL: it is no such option. */
static struct slice *
exception_text_of(struct change *c, int option)
{
	switch (option) {
	case 'r':
		return &c->reason;
	case 'o':
		return &c->owner;
	case 't':
		return &c->ticket;
	case 'a':
		return &c->approver;
	case 'i':
		return &c->id;
	}
	return NULL;
}

/* Which queue is meant. */
static int
exception_take_place(struct queue_place *place, int option, struct err *e)
{
	switch (option) {
	case 'm':
		if (dialect_from_setting(slice_of(optarg), &place->mta))
			return 0;
		return err_set(e, "--mta is postfix or sendmail");
	case 'C':
		place->config = optarg;
		break;
	case 'P':
		place->program = optarg;
		break;
	}
	return 0;
}

static int
exception_take_option(void *data, int option, struct err *e)
{
	struct exception_call *call = data;
	struct change *c = &call->change;
	struct slice *text = exception_text_of(c, option);
	uint64_t ms;

	if (text != NULL)
		*text = slice_of(optarg);
	switch (option) {
	case 'f':
		if (level_from(slice_of(optarg), &c->floor))
			return 0;
		return err_set(e, "--floor is none, encrypt or verify");
	case 'u':
		call->until = optarg;
		return times_read_end(slice_of(optarg), 0, &c->until, e);
	case 'F':
		return exception_read_date(optarg, &c->from, e);
	case 'k':
		return exception_read_key(call, optarg, e);
	case 'd':
		if (amount_duration(slice_of(optarg), &ms, e) < 0)
			return -1;
		call->due = (int64_t)(ms / 1000);
		return 0;
	case 'O':
		c->override_published = true;
		return 0;
	case 'e':
		call->ended = true;
		return 0;
	}
	return exception_take_place(&call->place, option, e);
}

/* Reads the state, for the time that it knows, and what that makes of --until.
 */
static void
exception_read_now(struct exception_call *call)
{
	struct err unused;

	call->state = command_apply_state(call->invocation, call->policy);
	call->now = state_now(call->state, time(NULL));
	/* It was read before, as another time from now. */
	if (call->until != NULL)
		times_read_end(slice_of(call->until), call->now,
		    &call->change.until, &unused);
}

/* What waits in the queue; NULL when that cannot be read, which is reported:
 * it does not stop a grant. Returns new. */
static struct waiting *
exception_read_queue(struct exception_call *call)
{
	struct waiting *waiting;
	struct queue_counts counts;
	struct err e;

	if (call->change.hop != HOP_OUTBOUND)
		return NULL;
	if (call->place.mta == MTA_UNKNOWN)
		call->place.mta = call->policy->settings.mta;
	waiting = waiting_create(call->policy, call->now, 0);
	if (queue_waiting_read(&call->place, waiting, &counts, &e) >= 0)
		return waiting;
	command_not_known(call->invocation, "which mail of the queue waits "
	    "for it", &e);
	waiting_destroy(&waiting);
	return NULL;
}

/* -c, for what is printed to be typed; NULL: it was not given. */
static const char *
exception_config(const struct exception_call *call)
{
	return call->invocation->chosen ? call->invocation->config : NULL;
}

/* The file of map.static, if it would have the exception but for its timer. */
static const char *
exception_left_out_of(const struct exception_call *call)
{
	struct slice path = call->policy->settings.map_static;

	if (call->change.hop != HOP_OUTBOUND || path.p == NULL ||
	    maptimer_is_running(path.p, time(NULL)))
		return NULL;
	return path.p;
}

static void
exception_add_to_answer(json_t *answer, void *data)
{
	print_grant_add(data, answer);
}

static void
exception_print_grant(json_t *answer, FILE *out)
{
	print_grant_text(answer, out);
}

static enum exit_status
exception_grant(struct exception_call *call, const struct named_partner *named,
    const char *word)
{
	struct print_grant grant = { .change = &call->change,
		.key = named->by_key ? slice_of(word) : SLICE_NONE,
		.config = exception_config(call) };
	const struct apply_change_telling telling = {
		.add = exception_add_to_answer, .data = &grant,
		.print = exception_print_grant };
	enum exit_status status;

	exception_read_now(call);
	grant.now = call->now;
	grant.left_out_of = exception_left_out_of(call);
	grant.waiting = exception_read_queue(call);
	status = apply_change_telling(call->invocation, call->policy,
	    &call->change, &telling);
	waiting_destroy(&grant.waiting);
	return status;
}

static enum exit_status
exception_add(struct exception_call *call, char **argv)
{
	struct change *c = &call->change;
	struct named_partner named;
	struct err e;

	if (named_partner_find(call->policy, slice_of(argv[0]), &named,
		&e) < 0)
		return command_failed(call->invocation, &e);
	c->kind = CHANGE_GRANT;
	c->partner = named.name;
	return exception_grant(call, &named, argv[0]);
}

static enum exit_status
exception_end(struct exception_call *call, char **argv)
{
	call->change.kind = CHANGE_END;
	call->change.id = slice_of(argv[0]);
	return apply_change(call->invocation, call->policy, &call->change);
}

static void
exception_add_approved(json_t *answer, void *data)
{
	const struct pending *p = data;

	json_t *approved;

	if (p == NULL)
		return;
	approved = exception_list_waiting(p, NULL);
	json_object_del(approved, "waits");
	json_object_del(approved, "approve_command");
	json_object_set_new(answer, "approved", approved);
}

/* What came into force, as it was asked for. */
static void
exception_print_approved(json_t *answer, FILE *out)
{
	const json_t *o = json_object_get(answer, "approved");
	char shown[128];

	fprintf(out, "%s: %s%s", json_is_true(json_object_get(answer,
	    "already")) ? "already approved" : "approved", show_member(answer,
	    "id", shown, sizeof(shown)), o == NULL ? "\n" : ": ");
	if (o != NULL)
		exception_list_print_asked(o, out);
}

static enum exit_status
exception_approve(struct exception_call *call, char **argv)
{
	struct apply_change_telling telling = {
		.add = exception_add_approved,
		.print = exception_print_approved };

	exception_read_now(call);
	call->change.kind = CHANGE_APPROVE;
	call->change.id = slice_of(argv[0]);
	if (call->state != NULL)
		telling.data = pending_find(call->state, call->change.id);
	return apply_change_telling(call->invocation, call->policy,
	    &call->change, &telling);
}

static enum exit_status
exception_renew(struct exception_call *call, char **argv)
{
	char text[200], local[TIMES_TEXT], utc[STATETEXT_TIME];

	exception_read_now(call);
	call->change.kind = CHANGE_RENEW;
	call->change.id = slice_of(argv[0]);
	statetext_show_time(call->change.until, utc);
	snprintf(text, sizeof(text), "it ends at %s local time (%s)",
	    times_show(call->change.until, local), utc);
	return apply_change_in_force(call->invocation, call->policy,
	    &call->change, text);
}

static bool
exception_is_listed(const struct exception_call *call,
    const struct exception *x, int64_t now)
{
	if (x->until <= now)
		return call->ended;
	return call->due == 0 || x->until - now <= call->due;
}

/* How often each exception was needed. Returns new; goes with
 * exception_usage_free(). NULL when the log cannot be read, which is reported.
 */
static struct exception_usage *
exception_count_usage(const struct exception_call *call, int64_t now)
{
	int64_t since = now - (int64_t)EXCEPTION_USAGE_DAYS * DAY;
	struct err e;
	struct logwalk *log = logwalk_open(call->policy->settings.decisions,
	    since, &e);
	struct exception_usage *usage = log == NULL ? NULL
	    : exception_usage_read(logwalk_lines(log), since, &e);

	logwalk_close(&log);
	if (usage == NULL)
		command_not_known(call->invocation, "how often an exception "
		    "was needed", &e);
	return usage;
}

static json_t *
exception_list_json(const struct exception_call *call,
    const struct state *state, int64_t now)
{
	struct exception_usage *usage = state->exception_count == 0 ? NULL
	    : exception_count_usage(call, now);
	json_t *list = json_array();

	for (size_t i = 0; i < state->exception_count; i++) {
		const struct exception *x = &state->exceptions[i];

		if (exception_is_listed(call, x, now))
			json_array_append_new(list, exception_list_item(
			    call->policy, x, usage, now));
	}
	exception_usage_free(&usage);
	if (call->due == 0)
		exception_list_add_waiting(state, now,
		    exception_config(call), list);
	return list;
}

/* A damaged state does not show what is due, and a program of cron is to hear
 * of either. */
static enum exit_status
exception_list_status(const struct exception_call *call,
    const struct state *state, size_t count)
{
	if (state->health == STATE_DAMAGED)
		return STATUS_FINDINGS;
	return call->due > 0 && count > 0 ? STATUS_FINDINGS : STATUS_GOOD;
}

static enum exit_status
exception_list(struct exception_call *call, char **argv ATTR_UNUSED)
{
	struct state *state;
	enum exit_status status;
	json_t *list;

	state = apply_change_read_state(call->invocation, call->policy);
	if (state == NULL)
		return STATUS_FAILED;
	list = exception_list_json(call, state, state_now(state, time(NULL)));
	status = exception_list_status(call, state, json_array_size(list));
	command_answer(call->invocation, list, JSONTEXT_LINE, call->due > 0
	    ? exception_list_print_due : exception_list_print);
	state_destroy(&state);
	return status;
}

/* NULL with errno. A link or a pipe of that name is not what was written. */
static FILE *
exception_open_history(const struct policy *policy, const char *path)
{
	struct unix_user_before before;
	struct err e;
	int fd = -1, number = EPERM;

	if (service_user_enter(policy, &before, &e) >= 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
		    O_NONBLOCK);
		number = errno;
	}
	unix_user_leave(&before);
	errno = number;
	return fd < 0 ? NULL : fdopen(fd, "r");
}

static enum exit_status
exception_history(struct exception_call *call, char **argv ATTR_UNUSED)
{
	char path[560], *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *in;
	bool failed;
	struct err e;

	snprintf(path, sizeof(path), "%.*s/history.jsonl",
	    SLICE_ARGS(call->policy->settings.state));
	in = exception_open_history(call->policy, path);
	if (in == NULL && errno == ENOENT)
		return STATUS_GOOD;
	if (in == NULL) {
		err_file(&e, path);
		return command_failed(call->invocation, &e);
	}
	while ((n = getline(&line, &size, in)) >= 0)
		print_history_line((struct slice){ line, (size_t)n },
		    call->invocation->json, call->invocation->out);
	free(line);
	failed = ferror(in) != 0;
	fclose(in);
	return failed ? STATUS_FAILED : STATUS_GOOD;
}

struct exception_form {
	const char *name;
	int words;                      /* that follow the name */
	const char *usage;
	const char *needs;              /* options, by their letters */
	const char *may;                /* the same */
	enum exit_status (*run)(struct exception_call *call, char **argv);
};

static const struct exception_form forms[] = {
	{ "add", 2, "PARTNER HOP --floor LEVEL --until DATE --owner WHO "
	    "--reason WHY", "fuor", "FtakiOmCP", exception_add },
	{ "list", 0, "[--due 14d] [--ended]", "", "de", exception_list },
	{ "approve", 1, "ID [--reason WHY]", "", "r", exception_approve },
	{ "renew", 1, "ID --until DATE --reason WHY", "ur", "",
	    exception_renew },
	{ "end", 1, "ID [--reason WHY]", "", "r", exception_end },
	{ "history", 0, "", "", "", exception_history },
};

/* The form that the words of the command line have; NULL: none, which is
 * reported. */
static const struct exception_form *
exception_form_of(struct exception_call *call)
{
	const struct invocation *invocation = call->invocation;
	const struct exception_form *form = NULL;

	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (invocation->word_count > 0 &&
		    strcmp(forms[i].name, invocation->words[0]) == 0)
			form = &forms[i];
	if (form == NULL)
		command_misused(invocation, "takes add, approve, list, renew, "
		    "end or history");
	else if (invocation->word_count != 1 + form->words)
		command_misused(invocation, "%s%s%s", form->name,
		    form->usage[0] == '\0' ? "" : " ", form->usage);
	/* Only add has two words, the second being a hop. */
	else if (form->words == 2 && !hop_from(slice_of(invocation->words[2]),
	    &call->change.hop))
		command_misused(invocation, "HOP is inbound, entry, earlier or "
		    "outbound");
	else if (command_has_options(invocation, form->name, form->needs,
	    form->may))
		return form;
	return NULL;
}

enum exit_status
cmd_exception(struct invocation *invocation)
{
	struct exception_call call = { .invocation = invocation };
	const struct exception_form *form;
	enum exit_status status;

	if (!command_read(invocation, options, exception_take_option, &call,
		&status))
		return status;
	form = exception_form_of(&call);
	if (form == NULL)
		return STATUS_FAILED;
	call.policy = command_policy_in_force(invocation);
	if (call.policy == NULL)
		return STATUS_FAILED;
	status = form->run(&call, invocation->words + 1);
	state_destroy(&call.state);
	policy_destroy(&call.policy);
	return status;
}
