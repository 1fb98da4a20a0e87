/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <jansson.h>

#include "conf/base/control.h"
#include "conf/cmd/ask_daemon.h"
#include "conf/file/read.h"
#include "conf/show/print_json.h"

static void
daemon_print_value(const char *key, const json_t *value, FILE *out)
{
	if (json_is_string(value))
		fprintf(out, "%-20s %s\n", key, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(out, "%-20s %lld\n", key,
		    (long long)json_integer_value(value));
}

static void
daemon_print_problem(const json_t *p, FILE *out)
{
	const char *file = jsontext_at(p, "file").p;
	const char *text = jsontext_at(p, "text").p;
	long long line = jsontext_number(p, "line");
	const char *severity = jsontext_at(p, "severity").p;

	fputs(file == NULL ? "?" : file, out);
	if (line > 0)
		fprintf(out, ":%lld", line);
	fprintf(out, ": %s: %s\n", severity == NULL ? "error" : severity,
	    text == NULL ? "?" : text);
}

static void
daemon_print_answer(json_t *answer, FILE *out)
{
	json_t *counts = json_object_get(answer, "counts"), *value;
	const char *key;
	size_t i;

	json_array_foreach(json_object_get(answer, "problems"), i, value)
		daemon_print_problem(value, out);
	if (counts == NULL)
		counts = answer;
	json_object_foreach(counts, key, value)
		daemon_print_value(key, value, out);
}

/* Where a daemon is looked for when the policy file cannot be read. */
static struct listen usual_listen = {
	.spec = { "unix:" RUNSTATEDIR "/enforcetls/control.sock",
	    sizeof("unix:" RUNSTATEDIR "/enforcetls/control.sock") - 1 } };
static const struct settings usual = { .controls = &usual_listen,
	.control_count = 1 };

/* A daemon without a socket may well be running, and so may one whose socket
 * stands in a file that cannot be read. */
static const char *
daemon_why_silent(const struct policy *policy, enum control_reach reach)
{
	if (reach != CONTROL_NO_DAEMON)
		return "";
	if (policy == NULL)
		return "the control socket is not known, and no daemon answers "
		    "at the default one: ";
	return policy->settings.control_count == 0
	    ? "the daemon cannot be reached: " : "the daemon is not running: ";
}

/* Asks the daemon and prints what it says. */
enum exit_status
ask_daemon(struct invocation *invocation, const char *what)
{
	struct policy *policy;
	enum control_reach reach;
	json_t *request, *answer = NULL;
	enum exit_status status;
	struct err e;

	if (!command_read(invocation, NULL, NULL, NULL, &status))
		return status;
	if (invocation->word_count != 0)
		return command_misused(invocation, "takes no argument");
	/* A file that is broken on disk says nothing about the daemon, which
	 * has another one in force. */
	policy = command_policy(invocation, invocation->config);
	request = json_pack("{s:s}", "do", what);
	reach = control_ask(policy == NULL ? &usual : &policy->settings,
	    request, &answer, &e);
	status = STATUS_FAILED;
	if (reach != CONTROL_ANSWERED) {
		fprintf(invocation->err, "enforcetls: %s%s\n",
		    daemon_why_silent(policy, reach), e.text);
	} else {
		status = json_is_true(json_object_get(answer, "ok"))
		    ? STATUS_GOOD : STATUS_FINDINGS;
		command_answer(invocation, answer, JSONTEXT_LINE,
		    daemon_print_answer);
	}
	json_decref(request);
	policy_destroy(&policy);
	return status;
}
