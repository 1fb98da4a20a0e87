/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "conf/tool/ask_daemon.h"
#include "conf/base/control.h"
#include "conf/file/read.h"
#include "conf/screen/paint.h"
#include "conf/show/print_difference.h"
#include "conf/show/print_json.h"
#include "conf/syntax/problems.h"
#include "conf/tool/reach_daemon.h"
#include "policy/base/arena.h"

/* The policy file on disk. */
struct daemon_file {
	struct policy *policy;          /* owns; NULL: it cannot be loaded */
	struct problems *problems;      /* owns */
};

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
daemon_print_warning(const json_t *warning, FILE *out)
{
	char shown[2048];

	slice_show(slice_of(json_string_value(warning)), shown, sizeof(shown));
	paint(out, PAINT_CARE, "warning");
	fprintf(out, ": %s\n", shown);
}

/* A setting that a reload could not bring into force. */
static void
daemon_print_restart(const json_t *need, FILE *out)
{
	char running[320], wanted[320], why[320];

	show_member(need, "running", running, sizeof(running));
	show_member(need, "wanted", wanted, sizeof(wanted));
	show_member(need, "why", why, sizeof(why));
	fprintf(out, "restart needed: %s %s %s until then",
	    jsontext_at(need, "setting").p, strcmp(running, wanted) == 0
	    ? "does not serve all of" : "is", running[0] == '\0' ? "nothing"
	    : running);
	if (strcmp(running, wanted) != 0)
		fprintf(out, ", and will be %s", wanted[0] == '\0' ? "nothing"
		    : wanted);
	if (jsontext_at(need, "why").p != NULL)
		fprintf(out, " (%s)", why);
	fputc('\n', out);
}

static void
daemon_print_answer(json_t *answer, FILE *out)
{
	const json_t *difference = json_object_get(answer, "difference");
	json_t *counts = json_object_get(answer, "counts"), *value;
	const char *key;
	size_t i;

	json_array_foreach(json_object_get(answer, "problems"), i, value)
		daemon_print_problem(value, out);
	if (counts == NULL)
		counts = answer;
	json_object_foreach(counts, key, value)
		if (strcmp(key, "allow_with") != 0)
			daemon_print_value(key, value, out);
	print_difference(difference, out);
	print_loss_command(difference, jsontext_at(answer, "allow_with").p,
	    out);
	json_array_foreach(json_object_get(answer, "restart"), i, value)
		daemon_print_restart(value, out);
	json_array_foreach(json_object_get(answer, "warnings"), i, value)
		daemon_print_warning(value, out);
}

/* After an upgrade the old daemon may go on running. */
static void
daemon_compare_version(json_t *answer)
{
	const char *version = jsontext_at(answer, "version").p;
	json_t *warnings = json_object_get(answer, "warnings");

	if (version == NULL || strcmp(version, PACKAGE_VERSION) == 0)
		return;
	json_array_append_new(warnings, json_sprintf("the daemon is version "
	    "%s and this command " PACKAGE_VERSION ": restart the daemon",
	    version));
}

json_t *
ask_daemon_loss_command(const struct invocation *invocation,
    const char *digest)
{
	return json_sprintf("enforcetls %s%s%sreload --allow-loss %s --reason "
	    "WHY", invocation->chosen ? "-c " : "", invocation->chosen
	    ? invocation->config : "", invocation->chosen ? " " : "", digest);
}

/* A reload that was refused for a loss: adds how to take it. */
static void
daemon_add_loss_command(const struct invocation *invocation, json_t *answer)
{
	const char *digest = jsontext_at(json_object_get(answer, "difference"),
	    "digest").p;

	if (digest != NULL && json_is_false(json_object_get(answer, "ok")))
		json_object_set_new(answer, "allow_with",
		    ask_daemon_loss_command(invocation, digest));
}

static enum exit_status
daemon_status_of(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "ok")) &&
	    json_array_size(json_object_get(answer, "warnings")) == 0
	    ? STATUS_GOOD : STATUS_FINDINGS;
}

/* Only a daemon with a known socket is known not to run. */
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

/* What is wrong with the file, unless the answer has it: a reload read it, too.
 */
static void
daemon_print_file(const struct invocation *invocation,
    const struct daemon_file *file, const json_t *answer)
{
	if (file->policy == NULL &&
	    json_array_size(json_object_get(answer, "problems")) == 0)
		problems_print(file->problems, invocation->err);
}

static enum exit_status
daemon_report(struct invocation *invocation,
    const struct daemon_file *file, json_t *request)
{
	const struct policy *policy = file->policy;
	json_t *answer = NULL;
	enum control_reach reach;
	enum exit_status status;
	struct err e;

	reach = reach_daemon(invocation, policy, request, &answer, &e);
	daemon_print_file(invocation, file, reach == CONTROL_ANSWERED ? answer
	    : NULL);
	if (reach != CONTROL_ANSWERED) {
		fprintf(invocation->err, "enforcetls: %s%s\n",
		    daemon_why_silent(policy, reach), e.text);
		return STATUS_FAILED;
	}
	assert(answer != NULL);
	daemon_compare_version(answer);
	daemon_add_loss_command(invocation, answer);
	status = daemon_status_of(answer);
	command_answer(invocation, answer, JSONTEXT_LINE, daemon_print_answer);
	return status;
}

enum exit_status
ask_daemon_with(struct invocation *invocation, json_t *request)
{
	struct daemon_file file = { .problems = problems_create() };
	enum exit_status status;

	/* The file may be broken: the daemon has another one in force. */
	file.policy = policy_read(invocation->config, file.problems);
	status = daemon_report(invocation, &file, request);
	policy_destroy(&file.policy);
	problems_destroy(&file.problems);
	json_decref(request);
	return status;
}

enum exit_status
ask_daemon(struct invocation *invocation, const char *request_name)
{
	enum exit_status status;

	if (!command_read(invocation, NULL, NULL, NULL, &status))
		return status;
	if (invocation->word_count != 0)
		return command_misused(invocation, "takes no argument");
	return ask_daemon_with(invocation,
	    json_pack("{s:s}", "do", request_name));
}
