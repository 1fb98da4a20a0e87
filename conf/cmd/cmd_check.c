/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <jansson.h>

#include "conf/cmd/command.h"
#include "conf/show/void_state.h"
#include "conf/file/read.h"
#include "conf/show/print_json.h"
#include "conf/show/print_policy.h"

/* A problem's text is escaped where it shows values; what the C library said
 * in between may be in any coding. */
static json_t *
check_text_json(const char *text)
{
	json_t *o = json_string(text);

	return o == NULL ? jsontext_shown(slice_of(text)) : o;
}

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
		json_object_set_new(o, "text", check_text_json(p->text));
		json_array_append_new(list, o);
	}
	return list;
}

static void
check_print_json(const char *path, const struct policy *policy,
    const struct state *state, const struct problems *problems, FILE *out)
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
	if (state != NULL)
		json_object_set_new(o, "stages_set",
		    void_state_json(policy, state));
	print_json(o, JSONTEXT_PAGE, out);
	json_decref(o);
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
	else
		fputs("good, ", out);
	fprintf(out, "%zu warning%s\n", warnings, warnings == 1 ? "" : "s");
}

enum exit_status
cmd_check(struct invocation *invocation)
{
	const char *path = invocation->config;
	struct problems *problems;
	struct policy *policy;
	struct state *state = NULL;
	enum exit_status status;

	if (!command_read(invocation, NULL, NULL, NULL, &status))
		return status;
	if (invocation->word_count > 1)
		return command_misused(invocation, "takes one file at most");
	if (invocation->word_count == 1)
		path = invocation->words[0];
	problems = problems_create();
	policy = policy_read(path, problems);
	if (policy != NULL)
		state = command_apply_state(invocation, policy);
	if (invocation->json) {
		check_print_json(path, policy, state, problems,
		    invocation->out);
	} else {
		if (policy != NULL)
			print_policy(policy, invocation->out);
		if (state != NULL)
			void_state_print(policy, state, invocation->out);
		if (policy != NULL && problems_count(problems) > 0)
			putc('\n', invocation->out);
		problems_print(problems, invocation->out);
		check_print_counts(path, policy, problems, invocation->out);
	}
	problems_destroy(&problems);
	state_destroy(&state);
	if (policy == NULL)
		return STATUS_FINDINGS;
	policy_destroy(&policy);
	return STATUS_GOOD;
}
