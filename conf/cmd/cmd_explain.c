/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/cmd/explain_record.h"
#include "conf/cmd/simulate.h"
#include "conf/file/read.h"
#include "conf/show/explain_print.h"
#include "conf/show/print_json.h"

/* A session that never was. */
static enum answer
explain_madeup(struct invocation *invocation, const struct policy *policy,
    const struct state *state, struct arena *a)
{
	struct simulation simulated;
	struct explained x = { .policy = policy, .arena = a };
	struct policy enforcing = *policy;
	struct err e;

	if (simulate_from(invocation, &policy->settings, a, &simulated, &e) ==
	    -1)
		return command_misused(invocation, "%s", e.text);
	/* A clock that was set back wakes no dead exception. */
	if (simulated.now_assumed && state != NULL)
		simulated.request.now = state_now(state, simulated.request.now);
	x.request = &simulated.request;
	x.assumed = simulated.assumed;
	x.mta = simulate_mta_name(simulated.mta);
	x.mta_assumed = simulated.mta_assumed;
	x.mode = policy->settings.mode;
	judge_recipient(policy, &simulated.request, a, &x.ruling);
	enforcing.settings.mode = MODE_ENFORCE;
	judge_recipient(&enforcing, &simulated.request, a, &x.enforced);
	x.name_count = explanation_names(policy, &simulated.request, a,
	    &x.names);
	if (invocation->json) {
		json_t *o = explain_json(&x);

		print_json(o, JSONTEXT_PAGE, invocation->out);
		json_decref(o);
	} else
		explain_print(&x, invocation->out);
	return x.ruling.applied >= ACTION_DEFER ? ANSWER_FINDINGS :
	    ANSWER_GOOD;
}

enum answer
cmd_explain(struct invocation *invocation)
{
	struct policy *policy = command_policy(invocation,
	    invocation->config);
	struct state *state;
	struct arena *a;
	enum answer answer;

	if (policy == NULL)
		return ANSWER_CANNOT;
	state = command_apply_state(invocation, policy);
	a = arena_create(16384);
	answer = explain_record_is_asked(invocation)
	    ? explain_record(invocation, policy, a)
	    : explain_madeup(invocation, policy, state, a);
	state_destroy(&state);
	arena_destroy(&a);
	policy_destroy(&policy);
	return answer;
}
