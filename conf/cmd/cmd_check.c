/* SPDX-License-Identifier: BSD-2-Clause */
/* check - read the policy file, print its mistakes or the table */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conf/file/logging.h"
#include "conf/file/read.h"
#include "conf/loss.h"
#include "conf/screen/paint.h"
#include "conf/show/pauses.h"
#include "conf/show/pin_ends.h"
#include "conf/show/print_difference.h"
#include "conf/show/print_json.h"
#include "conf/show/print_policy.h"
#include "conf/show/static_misses.h"
#include "conf/show/void_state.h"
#include "conf/tool/ask_daemon.h"
#include "conf/tool/on_host.h"

static json_t *
check_problems_json(const struct problems *problems, enum severity severity)
{
	json_t *list = json_array();

	for (size_t i = 0; i < problems_count(problems); i++) {
		const struct problem *p = problems_get(problems, i);
		json_t *o;

		if (p->severity != severity)
			continue;
		o = json_object();
		json_object_set_new(o, "file",
		    jsontext_shown(slice_of(p->file)));
		json_object_set_new(o, "line", p->line == 0 ? json_null() :
		    json_integer((json_int_t)p->line));
		/* Its values are escaped already. */
		json_object_set_new(o, "text",
		    jsontext_exact(slice_of(p->text)));
		json_array_append_new(list, o);
	}
	return list;
}

static bool
check_has_acting_outbound(const struct policy *policy)
{
	for (size_t i = 0; i < table_partners(policy->table); i++) {
		const struct rule *rule = table_partner(policy->table,
		    (unsigned)i)->rules[HOP_OUTBOUND];

		if (rule != NULL && rule->demand.level != LEVEL_NONE &&
		    policy_rule_acts(policy, rule))
			return true;
	}
	return false;
}

/* Whether a rule of "*" acts, so that no route is without a row. */
static bool
check_names_all_routes(const struct policy *policy)
{
	struct row row;

	return table_exact(policy->table, SLICE("*"), &row) &&
	    row.partner->rules[HOP_OUTBOUND] != NULL &&
	    policy_rule_acts(policy, row.partner->rules[HOP_OUTBOUND]);
}

/* What is recommended, though nothing is wrong: a list of texts. */
static json_t *
check_advice_json(const struct policy *policy)
{
	json_t *list = json_array();

	if (policy->settings.mode == MODE_ENFORCE &&
	    policy->settings.map_count > 0 &&
	    policy->settings.map_static.p == NULL &&
	    policy->settings.unlisted_routes == UNLISTED_LOG &&
	    check_has_acting_outbound(policy) &&
	    !check_names_all_routes(policy))
		json_array_append_new(list, json_string("set unlisted_routes "
		    "= \"encrypt\": a next hop that no row names, such as a "
		    "relay, now gets mail without TLS"));
	return list;
}

static void
check_print_advice(const struct policy *policy, FILE *out)
{
	json_t *list = check_advice_json(policy), *advice;
	size_t i;

	json_array_foreach(list, i, advice)
		fprintf(out, "\nrecommended: %s\n", json_string_value(advice));
	json_decref(list);
}

static void
check_print_misses(const struct policy *policy, FILE *out)
{
	json_t *misses = static_misses_json(policy);

	static_misses_print(misses, out);
	json_decref(misses);
}

static json_t *
check_json(const char *path, const struct policy *policy,
    const struct state *state, const struct problems *problems)
{
	json_t *o = policy == NULL ? json_object() : print_policy_json(policy);

	json_object_set_new(o, "file", jsontext_shown(slice_of(path)));
	json_object_set_new(o, "good", json_boolean(policy != NULL));
	json_object_set_new(o, "errors",
	    check_problems_json(problems, SEVERITY_ERROR));
	json_object_set_new(o, "error_count",
	    json_integer((json_int_t)problems_errors(problems)));
	json_object_set_new(o, "warnings",
	    check_problems_json(problems, SEVERITY_WARNING));
	json_object_set_new(o, "warning_count",
	    json_integer((json_int_t)problems_warnings(problems)));
	if (policy != NULL)
		json_object_set_new(o, "recommended",
		    check_advice_json(policy));
	if (policy != NULL && policy->settings.map_static.p != NULL)
		json_object_set_new(o, "static_misses",
		    static_misses_json(policy));
	if (state != NULL) {
		json_object_set_new(o, "stages_set",
		    void_stages_json(policy, state));
		json_object_set_new(o, "pauses", pauses_json(state,
		    state_now(state, time(NULL))));
	}
	return o;
}

static void
check_print_void(const struct policy *policy, const struct state *state,
    FILE *out)
{
	int64_t now = state_now(state, time(NULL));
	json_t *stages = void_stages_json(policy, state);
	json_t *exceptions = void_exceptions_json(policy, state, now);
	json_t *pauses = pauses_json(state, now);

	pauses_print(pauses, out);
	void_print(stages, exceptions, out);
	json_decref(pauses);
	json_decref(stages);
	json_decref(exceptions);
}

static void
check_print_counts(const char *path, const struct policy *policy,
    const struct problems *problems, FILE *out)
{
	size_t errors = problems_errors(problems);
	size_t warnings = problems_warnings(problems);
	char shown[512];

	slice_show(slice_of(path), shown, sizeof(shown));
	fprintf(out, "%s%s: ", policy == NULL ? "" : "\n", shown);
	if (policy == NULL)
		fprintf(out, "%zu error%s, ", errors, errors == 1 ? "" : "s");
	else {
		paint(out, PAINT_GOOD, "good");
		fputs(", ", out);
	}
	fprintf(out, "%zu warning%s\n", warnings, warnings == 1 ? "" : "s");
}

/* The problems are printed as the daemon prints them. */
static void
check_print(const char *path, const struct policy *policy,
    const struct state *state, const struct problems *problems, FILE *out)
{
	if (policy != NULL)
		print_policy(policy, out);
	if (state != NULL)
		check_print_void(policy, state, out);
	if (policy != NULL && policy->settings.map_static.p != NULL)
		check_print_misses(policy, out);
	if (policy != NULL)
		check_print_advice(policy, out);
	if (policy != NULL && problems_count(problems) > 0)
		putc('\n', out);
	problems_print(problems, out);
	check_print_counts(path, policy, problems, out);
}

/* Whether the state that applies to policy is known: the one that was applied,
 * or none, because no folder was made yet. */
static bool
check_knows_state(const struct policy *policy, const struct state *state)
{
	struct state_place place = place_of(&policy->settings);

	return state != NULL ||
	    (access(place.folder, F_OK) < 0 && errno == ENOENT);
}

/* As the daemon compares them. state is that of policy. Returns new; NULL with
 * e filled when they cannot be compared. */
static json_t *
check_against_running(struct invocation *invocation,
    const struct policy *policy, const struct state *state, struct err *e)
{
	enum control_reach reach;
	struct policy *running = command_running_policy(invocation, &reach, e);
	struct state *old = NULL;
	struct difference *d;
	json_t *result = NULL;

	if (running == NULL && reach == CONTROL_NO_DAEMON) {
		struct err cause = *e;

		err_set(e, "the daemon is not running: %s", cause.text);
	}
	if (running == NULL)
		return NULL;
	old = command_apply_state(invocation, running);
	if (check_knows_state(policy, state) &&
	    check_knows_state(running, old)) {
		d = difference_make(running, policy, state_now(old,
			(int64_t)time(NULL)));
		result = loss_json(d);
		difference_destroy(&d);
	} else
		err_set(e, "the stages and exceptions of the state cannot be "
		    "read, and the comparison needs them");
	state_destroy(&old);
	policy_destroy(&running);
	return result;
}

/* Compares, and adds the result to the page or the object. */
static enum exit_status
check_compare(struct invocation *invocation, const struct policy *policy,
    const struct state *state, json_t *o)
{
	struct err e;
	json_t *d = check_against_running(invocation, policy, state, &e);
	enum exit_status status = STATUS_GOOD;
	const char *digest;
	json_t *command = NULL;

	if (d == NULL && o != NULL) {
		json_object_set_new(o, "ok", json_false());
		json_object_set_new(o, "error",
		    jsontext_exact(slice_of(e.text)));
	}
	if (d == NULL)
		return command_failed(invocation, &e);
	digest = jsontext_at(d, "digest").p;
	if (digest != NULL) {
		command = ask_daemon_loss_command(invocation, digest);
		status = STATUS_FINDINGS;
	}
	if (o != NULL) {
		json_object_set(o, "difference", d);
		if (command != NULL)
			json_object_set(o, "allow_with", command);
	} else {
		fputs("\nagainst the policy in force:\n", invocation->out);
		print_difference(d, invocation->out);
		print_loss_command(d, json_string_value(command),
		    invocation->out);
	}
	json_decref(command);
	json_decref(d);
	return status;
}

struct check_call {
	bool strict;            /* a warning is a finding, too */
	bool against_running;   /* compare it with the policy in force */
	const char *basedir;    /* of the files it names; NULL: its own */
};

/* clang-format off */
static const struct command_option options[] = {
	{ "strict", NULL, 's', "a warning is a finding, too" },
	{ "against-running", NULL, 'a', "show what a reload would change" },
	{ "basedir", "DIR", 'b', "where the files that it names are" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
check_take_option(void *data, int option, struct err *e)
{
	struct check_call *call = data;

	switch (option) {
	case 's':
		call->strict = true;
		return 0;
	case 'a':
		call->against_running = true;
		return 0;
	case 'b':
		call->basedir = optarg;
		return 0;
	}
	return err_set(e, "internal error: option %d", option);
}

static enum exit_status
check_status_of(const struct check_call *call, const struct problems *problems)
{
	if (problems_errors(problems) > 0)
		return STATUS_FINDINGS;
	return call->strict && problems_warnings(problems) > 0
	    ? STATUS_FINDINGS : STATUS_GOOD;
}

/* Prints it all. Returns what the comparison, if it is asked for, found. */
static enum exit_status
check_report(struct invocation *invocation, const struct check_call *call,
    const char *path, struct policy *policy, const struct problems *problems)
{
	struct state *state = policy == NULL ? NULL
	    : command_apply_state(invocation, policy);
	bool compare = call->against_running && policy != NULL;
	enum exit_status status = STATUS_GOOD;

	if (invocation->json) {
		json_t *o = check_json(path, policy, state, problems);

		if (compare)
			status = check_compare(invocation, policy, state, o);
		print_json(o, JSONTEXT_PAGE, invocation->out);
		json_decref(o);
	} else {
		check_print(path, policy, state, problems, invocation->out);
		if (compare)
			status = check_compare(invocation, policy, state,
			    NULL);
	}
	state_destroy(&state);
	return status;
}

/* Whether it is the file that the daemon of this host reads, by any name. */
static bool
check_is_used(const struct invocation *invocation, const char *path)
{
	struct stat one, other;

	return stat(path, &one) == 0 && stat(invocation->config, &other) == 0 &&
	    one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* The folder that places of the policy are in, with its slash; "" for this one.
 * Returns out. */
static const char *
check_folder_of(const struct check_call *call, const char *path, char *out,
    size_t size)
{
	const char *slash = strrchr(path, '/');

	if (call->basedir != NULL)
		snprintf(out, size, "%s/", call->basedir);
	else
		snprintf(out, size, "%.*s", slash == NULL ? 0
		    : (int)(slash - path) + 1, path);
	return out;
}

/* What only a check says of a file that loads. */
static void
check_review(const struct invocation *invocation,
    const struct check_call *call, const char *path,
    const struct policy *policy, struct problems *problems)
{
	int64_t now = (int64_t)time(NULL);
	char folder[512];

	logging_review_dates(&policy->settings, path, now, problems);
	pin_ends_review(policy, check_folder_of(call, path, folder,
	    sizeof(folder)), now, problems);
	on_host_review(policy, path, call->basedir == NULL &&
	    check_is_used(invocation, path), problems);
}

static enum exit_status
check_file(struct invocation *invocation, const struct check_call *call,
    const char *path)
{
	struct problems *problems = problems_create();
	struct policy *policy = call->basedir == NULL
	    ? policy_read(path, problems)
	    : policy_read_copy(path, call->basedir, problems);
	enum exit_status status, compared;

	assert(policy != NULL || problems_errors(problems) > 0);
	if (policy != NULL)
		check_review(invocation, call, path, policy, problems);
	status = check_status_of(call, problems);
	compared = check_report(invocation, call, path, policy, problems);
	problems_destroy(&problems);
	policy_destroy(&policy);
	return compared > status ? compared : status;
}

enum exit_status
cmd_check(struct invocation *invocation)
{
	struct check_call call = { .strict = false };
	enum exit_status status;

	if (!command_read(invocation, options, check_take_option, &call,
	    &status))
		return status;
	if (invocation->word_count > 1)
		return command_misused(invocation, "takes one file at most");
	return check_file(invocation, &call, invocation->word_count == 1
	    ? invocation->words[0] : invocation->config);
}
