/* SPDX-License-Identifier: BSD-2-Clause */
/* exception - grant, list, renew or end an exception */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/amount.h"
#include "conf/cmd/apply_change.h"
#include "conf/cmd/service_user.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"
#include "conf/show/void_state.h"
#include "conf/state/statetext.h"
#include "policy/audit/exception_usage.h"

enum { DAY = 86400, USAGE_DAYS = 30 };

/* One call; a row of the table of subcommands runs it. */
struct exception_call {
	struct invocation *invocation;
	struct policy *policy;          /* owns */
	struct change change;
	int64_t due;                    /* list: within so many seconds; 0:
	                                 * whenever they end */
	bool ended;                     /* list: those that have ended too */
};

/* clang-format off */
static const struct option options[] = {
	{ "floor", required_argument, NULL, 'f' },
	{ "until", required_argument, NULL, 'u' },
	{ "from", required_argument, NULL, 'F' },
	{ "reason", required_argument, NULL, 'r' },
	{ "owner", required_argument, NULL, 'o' },
	{ "ticket", required_argument, NULL, 't' },
	{ "approver", required_argument, NULL, 'a' },
	{ "key", required_argument, NULL, 'k' },
	{ "override-published", no_argument, NULL, 'O' },
	{ "due", required_argument, NULL, 'd' },
	{ "ended", no_argument, NULL, 'e' },
	{ NULL, 0, NULL, 0 }
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

static int
exception_take_option(void *data, int option, struct err *e)
{
	struct exception_call *call = data;
	struct change *c = &call->change;
	uint64_t ms;

	switch (option) {
	case 'f':
		if (level_from(slice_of(optarg), &c->floor))
			return 0;
		return err_set(e, "--floor is none, encrypt or verify");
	case 'u':
		return exception_read_date(optarg, &c->until, e);
	case 'F':
		return exception_read_date(optarg, &c->from, e);
	case 'k':
		return exception_read_key(call, optarg, e);
	case 'd':
		if (amount_duration(slice_of(optarg), &ms, e) < 0)
			return -1;
		call->due = (int64_t)(ms / 1000);
		return 0;
	case 'r':
		c->reason = slice_of(optarg);
		return 0;
	case 'o':
		c->owner = slice_of(optarg);
		return 0;
	case 't':
		c->ticket = slice_of(optarg);
		return 0;
	case 'a':
		c->approver = slice_of(optarg);
		return 0;
	case 'O':
		c->override_published = true;
		return 0;
	case 'e':
		call->ended = true;
		return 0;
	}
	return 0;
}

static enum exit_status
exception_misused(const struct exception_call *call, const char *usage)
{
	return command_misused(call->invocation, "%s", usage);
}

static enum exit_status
exception_add(struct exception_call *call, int argc, char **argv)
{
	struct change *c = &call->change;

	if (argc != 2)
		return exception_misused(call, "add PARTNER HOP --floor LEVEL "
		    "--until DATE --owner WHO --reason WHY");
	if (!hop_from(slice_of(argv[1]), &c->hop))
		return exception_misused(call, "HOP is inbound, entry, earlier "
		    "or outbound");
	c->kind = CHANGE_GRANT;
	c->partner = slice_of(argv[0]);
	return apply_change(call->invocation, call->policy, c);
}

static enum exit_status
exception_change_by_id(struct exception_call *call, int argc, char **argv,
    enum change_kind kind, const char *usage)
{
	if (argc != 1)
		return exception_misused(call, usage);
	call->change.kind = kind;
	call->change.id = slice_of(argv[0]);
	return apply_change(call->invocation, call->policy, &call->change);
}

static enum exit_status
exception_end(struct exception_call *call, int argc, char **argv)
{
	return exception_change_by_id(call, argc, argv, CHANGE_END,
	    "end ID [--reason WHY]");
}

static enum exit_status
exception_renew(struct exception_call *call, int argc, char **argv)
{
	return exception_change_by_id(call, argc, argv, CHANGE_RENEW,
	    "renew ID --until DATE --reason WHY");
}

/* One line of the list. */
struct listed_exception {
	const struct exception *x;
	bool uses_known;
	struct exception_uses uses;
	const char *void_because;       /* NULL: it is not void */
	int64_t now;
};

static json_t *
exception_json(const struct listed_exception *listed)
{
	const struct exception *x = listed->x;
	int64_t now = listed->now;
	json_t *o = json_object();

	json_object_set_new(o, "id", jsontext_exact(x->id));
	json_object_set_new(o, "partner", jsontext_exact(x->partner));
	json_object_set_new(o, "hop", json_string(hop_name(x->hop)));
	json_object_set_new(o, "floor", json_string(level_name(x->floor)));
	json_object_set_new(o, "key", jsontext_exact(x->key));
	json_object_set_new(o, "from", time_to_json(x->from));
	json_object_set_new(o, "until", time_to_json(x->until));
	json_object_set_new(o, "seconds_left",
	    json_integer(x->until > now ? x->until - now : 0));
	json_object_set_new(o, "owner", jsontext_exact(x->owner));
	json_object_set_new(o, "reason", jsontext_exact(x->reason));
	json_object_set_new(o, "ticket", jsontext_exact(x->ticket));
	json_object_set_new(o, "approver", jsontext_exact(x->approver));
	json_object_set_new(o, "override_published",
	    json_boolean(x->override_published));
	json_object_set_new(o, "needed_30d", listed->uses_known
	    ? jsontext_count(listed->uses.count) : json_null());
	json_object_set_new(o, "needed_last",
	    time_to_json(listed->uses.last));
	json_object_set_new(o, "void_because", listed->void_because == NULL
	    ? json_null() : json_string(listed->void_because));
	return o;
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

	if (json_is_null(json_object_get(o, "needed_30d")))
		fputs("       how often it was needed is not known\n", out);
	else
		fprintf(out, "       needed %lld times in %d days, last: "
		    "%s\n", (long long)jsontext_number(o, "needed_30d"),
		    USAGE_DAYS, last.p == NULL ? "never" : last.p);
}

static void
exception_print(const json_t *o, FILE *out)
{
	char id[64], partner[128], owner[128], reason[300], left[64];

	exception_show_left(o, left, sizeof(left));
	fprintf(out, "%-6s %s %s: at least %s until %s (%s)\n",
	    show_member(o, "id", id, sizeof(id)),
	    show_member(o, "partner", partner, sizeof(partner)),
	    jsontext_at(o, "hop").p, jsontext_at(o, "floor").p,
	    jsontext_at(o, "until").p, left);
	fprintf(out, "       owner %s, reason: %s\n",
	    show_member(o, "owner", owner, sizeof(owner)),
	    show_member(o, "reason", reason, sizeof(reason)));
	/* An auditor asks for these. */
	exception_print_given(o, "key", "only for ", out);
	exception_print_given(o, "ticket", "ticket ", out);
	exception_print_given(o, "approver", "approved by ", out);
	if (json_is_true(json_object_get(o, "override_published")))
		fputs("       also below the published policy\n", out);
	exception_print_needed(o, out);
	exception_print_given(o, "void_because", "has no effect now: ", out);
}

static void
exception_print_due(json_t *list, FILE *out)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
		exception_print(o, out);
}

static void
exception_print_list(json_t *list, FILE *out)
{
	exception_print_due(list, out);
	if (json_array_size(list) == 0)
		fputs("no exception is in force\n", out);
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
	int64_t since = now - (int64_t)USAGE_DAYS * DAY;
	struct err e;
	struct logwalk *log = logwalk_open(call->policy->settings.decisions,
	    since, &e);
	struct exception_usage *usage = log == NULL ? NULL
	    : exception_usage_read(logwalk_lines(log), since, &e);

	logwalk_close(&log);
	if (usage == NULL)
		fprintf(call->invocation->err, "enforcetls: how often an "
		    "exception was needed is not known: %s\n", e.text);
	return usage;
}

static struct listed_exception
exception_describe(const struct exception_call *call,
    const struct exception *x, const struct exception_usage *usage,
    int64_t now)
{
	struct listed_exception listed = { .x = x, .uses_known = usage != NULL,
		.void_because = void_exception_why(call->policy, x),
		.now = now };

	if (usage != NULL)
		listed.uses = exception_usage_of(usage, x->id);
	/* The map's answers are not recorded one by one. */
	if (x->hop == HOP_OUTBOUND && listed.uses.count == 0)
		listed.uses_known = false;
	return listed;
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
		struct listed_exception listed;

		if (!exception_is_listed(call, x, now))
			continue;
		listed = exception_describe(call, x, usage, now);
		json_array_append_new(list, exception_json(&listed));
	}
	exception_usage_free(&usage);
	return list;
}

/* A damaged state does not show what is due. STATUS_FINDINGS of --due is for
 * cron. */
static enum exit_status
exception_list_status(const struct exception_call *call,
    const struct state *state, size_t count)
{
	if (state->health == STATE_DAMAGED)
		return STATUS_FAILED;
	return call->due > 0 && count > 0 ? STATUS_FINDINGS : STATUS_GOOD;
}

static enum exit_status
exception_list(struct exception_call *call, int argc, char **argv ATTR_UNUSED)
{
	struct state *state;
	enum exit_status status;
	json_t *list;

	if (argc != 0)
		return exception_misused(call, "list [--due 14d] [--ended]");
	state = apply_change_read_state(call->invocation, call->policy);
	if (state == NULL)
		return STATUS_FAILED;
	list = exception_list_json(call, state, state_now(state, time(NULL)));
	status = exception_list_status(call, state, json_array_size(list));
	command_answer(call->invocation, list, JSONTEXT_LINE, call->due > 0
	    ? exception_print_due : exception_print_list);
	state_destroy(&state);
	return status;
}

/* The other members of an event of the history: texts, and flags that are set.
 */
static void
exception_print_event_rest(json_t *event, FILE *out)
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
}

/* "TIME EVENT ID PARTNER HOP by uid N" and a line for each other member. */
static void
exception_print_event(struct slice line, FILE *out)
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
	exception_print_event_rest(event, out);
	fputc('\n', out);
	json_decref(event);
}

/* A line that cannot be read is a string. */
static void
exception_print_event_json(struct slice line, FILE *out)
{
	json_t *event = json_loadb(line.p, line.n, 0, NULL);

	if (event == NULL)
		event = jsontext_exact(line);
	print_json(event, JSONTEXT_LINE, out);
	json_decref(event);
}

/* A line of the history, with its newline unless it is the last. */
static void
exception_print_line(const struct invocation *invocation, struct slice line)
{
	if (slice_ends(line, SLICE("\n")))
		line = slice_head(line, line.n - 1);
	if (line.n > 0 && invocation->json)
		exception_print_event_json(line, invocation->out);
	else if (line.n > 0)
		exception_print_event(line, invocation->out);
}

/* NULL with errno. A link or a pipe of that name is not what was written. */
static FILE *
exception_open_history(const struct policy *policy, const char *path)
{
	struct service_user before;
	struct err e;
	int fd = -1, number = EPERM;

	if (service_user_enter(policy, &before, &e) >= 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
		    O_NONBLOCK);
		number = errno;
	}
	service_user_leave(&before);
	errno = number;
	return fd < 0 ? NULL : fdopen(fd, "r");
}

static enum exit_status
exception_history(struct exception_call *call, int argc,
    char **argv ATTR_UNUSED)
{
	char path[560], *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *in;
	bool failed;

	if (argc != 0)
		return exception_misused(call, "history");
	snprintf(path, sizeof(path), "%.*s/history.jsonl",
	    SLICE_ARGS(call->policy->settings.state));
	in = exception_open_history(call->policy, path);
	if (in == NULL && errno == ENOENT)
		return STATUS_GOOD;
	if (in == NULL) {
		fprintf(call->invocation->err, "enforcetls: %s: %s\n", path,
		    strerror(errno));
		return STATUS_FAILED;
	}
	while ((n = getline(&line, &size, in)) >= 0)
		exception_print_line(call->invocation,
		    (struct slice){ line, (size_t)n });
	free(line);
	failed = ferror(in) != 0;
	fclose(in);
	return failed ? STATUS_FAILED : STATUS_GOOD;
}

static const struct {
	const char *name;
	enum exit_status (*run)(struct exception_call *call, int argc,
	    char **argv);
} subcommands[] = {
	{ "add", exception_add },
	{ "list", exception_list },
	{ "renew", exception_renew },
	{ "end", exception_end },
	{ "history", exception_history },
};

static enum exit_status
exception_run(struct exception_call *call, const char *name, int argc,
    char **argv)
{
	assert(argc >= 0 && call->policy != NULL);
	for (size_t i = 0; i < COUNT_OF(subcommands); i++)
		if (strcmp(subcommands[i].name, name) == 0)
			return subcommands[i].run(call, argc, argv);
	return exception_misused(call, "takes add, list, renew, end or "
	    "history");
}

enum exit_status
cmd_exception(struct invocation *invocation)
{
	struct exception_call call = { .invocation = invocation };
	enum exit_status status;

	if (!command_read(invocation, options, exception_take_option, &call,
		&status))
		return status;
	if (invocation->word_count < 1)
		return exception_misused(&call,
		    "takes add, list, renew, end or history");
	call.policy = command_policy_in_force(invocation);
	if (call.policy == NULL)
		return STATUS_FAILED;
	status = exception_run(&call, invocation->words[0],
	    invocation->word_count - 1, invocation->words + 1);
	policy_destroy(&call.policy);
	return status;
}
