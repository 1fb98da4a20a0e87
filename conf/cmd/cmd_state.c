/* SPDX-License-Identifier: BSD-2-Clause */
/* state - check the exceptions and stages on disk, or repair them */
#include "config.h"

#include <assert.h>
#include <time.h>
#include <unistd.h>

#include "conf/effective.h"
#include "conf/file/read.h"
#include "conf/show/void_state.h"
#include "conf/state/statetext.h"
#include "conf/tool/apply_change.h"
#include "conf/tool/service_user.h"

static const char *
state_health_name(enum state_health health)
{
	switch (health) {
	case STATE_GOOD:
		return "good";
	case STATE_FRESH:
		return "fresh";
	case STATE_DAMAGED:
		break;
	}
	return "damaged";
}

static json_t *
state_json(const struct policy *policy, const struct state *state,
    bool for_people)
{
	int64_t now = state_now(state, time(NULL));
	struct effective count;
	json_t *o = json_object();

	effective_count(policy, state, now, &count);
	json_object_set_new(o, "health",
	    json_string(state_health_name(state->health)));
	json_object_set_new(o, "damage", jsontext_exact(
	    state->health == STATE_DAMAGED ? slice_of(state->damage.text)
	    : SLICE_NONE));
	json_object_set_new(o, "generation",
	    json_integer((json_int_t)state->generation));
	json_object_set_new(o, "time_seen", time_to_json(state->seen));
	json_object_set_new(o, "exceptions",
	    jsontext_count(count.exceptions));
	json_object_set_new(o, "exceptions_later",
	    jsontext_count(count.exceptions_later));
	json_object_set_new(o, "exceptions_void",
	    jsontext_count(count.exceptions_void));
	json_object_set_new(o, "stages",
	    void_stages_json(policy, state));
	if (for_people)
		json_object_set_new(o, "void_exceptions",
		    void_exceptions_json(policy, state, now));
	return o;
}

/* ", 2 begin later"; nothing for none. */
static void
state_print_any(const json_t *o, const char *key, const char *what, FILE *out)
{
	if (jsontext_number(o, key) > 0)
		fprintf(out, ", %lld %s", (long long)jsontext_number(o, key),
		    what);
}

/* The stages of the list that are void are named below it. */
static void
state_print_counts(const json_t *o, FILE *out)
{
	const json_t *stages = json_object_get(o, "stages"), *stage;
	size_t i, not = 0;

	fprintf(out, "%-12s %lld in force", "exceptions",
	    (long long)jsontext_number(o, "exceptions"));
	state_print_any(o, "exceptions_later", "later", out);
	state_print_any(o, "exceptions_void", "void", out);
	json_array_foreach(stages, i, stage)
		if (jsontext_at(stage, "void_because").p != NULL)
			not++;
	fprintf(out, "\n%-12s %zu in force", "stages",
	    json_array_size(stages) - not);
	if (not > 0)
		fprintf(out, ", %zu void", not);
	fputc('\n', out);
}

static void
state_print(json_t *o, FILE *out)
{
	struct slice seen = jsontext_at(o, "time_seen");
	int64_t when = 0;

	fprintf(out, "%-12s %s\n", "health", jsontext_at(o, "health").p);
	if (jsontext_at(o, "damage").p != NULL)
		fprintf(out, "%-12s %s\n", "damage",
		    jsontext_at(o, "damage").p);
	fprintf(out, "%-12s %lld\n", "generation",
	    (long long)jsontext_number(o, "generation"));
	fprintf(out, "%-12s %s%s\n", "time seen",
	    seen.p == NULL ? "never" : seen.p,
	    statetext_time(seen, &when) && when > time(NULL) + 60
	    ? ", which is ahead of the clock" : "");
	state_print_counts(o, out);
	void_print(json_object_get(o, "stages"),
	    json_object_get(o, "void_exceptions"), out);
}

static enum exit_status
state_show(struct invocation *invocation, const struct policy *policy)
{
	struct state *state = apply_change_read_state(invocation, policy);
	enum exit_status status;

	if (state == NULL)
		return STATUS_FAILED;
	status = state->health == STATE_DAMAGED ? STATUS_FINDINGS
	    : STATUS_GOOD;
	command_answer(invocation, state_json(policy, state,
	    !invocation->json), JSONTEXT_LINE, state_print);
	state_destroy(&state);
	return status;
}

struct state_call {
	struct slice reason;            /* --reason */
	bool clock;                     /* --clock */
};

/* A running daemon reads the repaired file within a second, as after any other
 * change. */
static enum exit_status
state_run_repair(struct invocation *invocation, const struct policy *policy,
    const struct state_call *call)
{
	struct actor actor = { .uid = getuid(), .reason = call->reason,
		.clock = time(NULL) };
	struct state_place place = place_of(&policy->settings);
	struct err e;

	assert(place.folder != NULL);
	if (service_user_become(policy, &e) < 0 ||
	    state_repair(&place, &actor, call->clock,
		&e) < 0) {
		service_user_name_writers(policy, &e);
		fprintf(invocation->err, "enforcetls: not done: %s\n",
		    e.text);
		return STATUS_FINDINGS;
	}
	return state_show(invocation, policy);
}

/* clang-format off */
static const struct command_option options[] = {
	{ "reason", "WHY", 'r', "why; the history keeps it" },
	{ "clock", NULL, 'c', "the clock was wrong: time goes back" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
state_take_option(void *data, int option, struct err *e ATTR_UNUSED)
{
	struct state_call *call = data;

	if (option == 'r')
		call->reason = slice_of(optarg);
	else
		call->clock = true;
	return 0;
}

enum exit_status
cmd_state(struct invocation *invocation)
{
	struct state_call call = { .reason = SLICE_NONE };
	struct policy *policy;
	enum exit_status status;
	bool is_repair;

	if (!command_read(invocation, options, state_take_option, &call,
		&status))
		return status;
	is_repair = invocation->word_count == 1 &&
	    strcmp(invocation->words[0], "repair") == 0;
	if (!is_repair && invocation->word_count != 0)
		return command_misused(invocation, "takes repair, or no "
		    "argument");
	if (!command_has_options(invocation, is_repair ? "repair"
	    : "without repair, it", is_repair ? "r" : "", is_repair ? "c"
	    : ""))
		return STATUS_FAILED;
	policy = command_policy_in_force(invocation);
	if (policy == NULL)
		return STATUS_FAILED;
	status = is_repair ? state_run_repair(invocation, policy, &call)
	    : state_show(invocation, policy);
	policy_destroy(&policy);
	return status;
}
