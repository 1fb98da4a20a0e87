/* SPDX-License-Identifier: BSD-2-Clause */
/* explain - how a recorded recipient was judged, or an invented one would be */
#include "config.h"

#include <assert.h>

#include "conf/explain/explain_json.h"
#include "conf/explain/explain_print.h"
#include "conf/file/read.h"
#include "conf/tool/explain_record.h"
#include "conf/tool/simulate.h"
#include "policy/evidence/dialect.h"

struct explain_call {
	struct invocation *invocation;
	struct policy *policy;          /* owns */
	struct state *state;            /* owns */
	struct arena *arena;            /* owns */
	struct simulation simulated;
	struct record_wish wish;
};

/* Above those of enum simulate_option. */
enum { OPTION_FOR_PARTNER = 100, OPTION_MAIL_LOG };

/* clang-format off */
static const struct command_option options[] = {
	{ "mta", "MTA", SIMULATE_MTA, "postfix, sendmail or auto" },
	{ "sender", "ADDRESS", SIMULATE_SENDER,
	    "the sender; <> is the null sender" },
	{ "rcpt", "ADDRESS", SIMULATE_RCPT, "the recipient" },
	{ "rcpt-host", "ROUTE", SIMULATE_RCPT_HOST,
	    "where the MTA sends it: [mx.bank.example]" },
	{ "macro", "NAME=VALUE", SIMULATE_MACRO,
	    "what the MTA shows of the session" },
	{ "at", "DATE", SIMULATE_AT, "judge as at that time" },
	{ "for-partner", NULL, OPTION_FOR_PARTNER,
	    "a text for the partner's postmaster" },
	{ "mail-log", "FILE|journal|none", OPTION_MAIL_LOG,
	    "the MTA's own log" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
explain_take_option(void *data, int option, struct err *e)
{
	struct explain_call *call = data;

	switch (option) {
	case OPTION_FOR_PARTNER:
		call->wish.for_partner = true;
		return 0;
	case OPTION_MAIL_LOG:
		call->wish.mail_log = optarg;
		return 0;
	default:
		return simulate_take(&call->simulated,
		    (enum simulate_option)option, optarg, e);
	}
}

/* Judges the request under the policy, and as in mode enforce. */
static void
explain_judge(const struct explain_call *call, struct explained *x)
{
	struct policy enforcing = *call->policy;

	judge_recipient(call->policy, x->request, call->arena, &x->ruling);
	enforcing.settings.mode = MODE_ENFORCE;
	judge_recipient(&enforcing, x->request, call->arena, &x->enforced);
	x->name_count = explanation_names(call->policy, x->request,
	    call->arena, &x->names);
}

static enum exit_status
explain_simulated(struct explain_call *call)
{
	struct invocation *invocation = call->invocation;
	struct simulation *s = &call->simulated;
	const struct policy *policy = call->policy;
	struct explained x = { .policy = policy, .arena = call->arena,
		.for_people = !invocation->json };

	simulate_complete(s, policy, call->arena);
	/* An exception that has ended stays ended when the clock is set back.
	 */
	if (s->now_assumed && call->state != NULL)
		s->request.now = state_now(call->state, s->request.now);
	x.request = &s->request;
	x.now = s->request.now;
	x.assumed = s->assumed;
	x.mta = dialect_of(s->mta)->setting;
	x.mta_assumed = s->mta_assumed;
	x.mode = policy->settings.mode;
	explain_judge(call, &x);
	command_answer(invocation, explain_json(&x), JSONTEXT_PAGE,
	    explain_print);
	return x.ruling.applied >= ACTION_DEFER ? STATUS_FINDINGS :
	    STATUS_GOOD;
}

/* Whether a session is to be invented, and not a record looked up. */
static bool
explain_invents(const struct explain_call *call)
{
	return call->invocation->word_count == 0 && !call->wish.for_partner &&
	    call->wish.mail_log == NULL;
}

/* Whether the arguments go together; reports it if not. */
static bool
explain_is_well_formed(const struct explain_call *call)
{
	struct err e;

	if (call->invocation->word_count == 0 && !call->simulated.any_option)
		err_set(&e, "give the reference of a reply, or a queue id; or "
		    "--sender and --rcpt, to judge an invented session");
	else if (!explain_invents(call) && (call->invocation->word_count != 1 ||
	    call->simulated.any_option))
		err_set(&e, "give a reference alone, or with --for-partner and "
		    "--mail-log");
	else if (!explain_invents(call) ||
	    simulate_check(&call->simulated, &e) == 0)
		return true;
	command_misused(call->invocation, "%s", e.text);
	return false;
}

static enum exit_status
explain_run(struct explain_call *call)
{
	struct invocation *invocation = call->invocation;

	assert(call->policy != NULL && call->arena != NULL);
	if (explain_invents(call))
		return explain_simulated(call);
	call->wish.reference = invocation->words[0];
	return explain_record(invocation, call->policy, call->state,
	    &call->wish, call->arena);
}

enum exit_status
cmd_explain(struct invocation *invocation)
{
	struct explain_call call = { .invocation = invocation };
	enum exit_status status;

	simulate_init(&call.simulated);
	if (!command_read(invocation, options, explain_take_option, &call,
		&status))
		return status;
	if (!explain_is_well_formed(&call))
		return STATUS_FAILED;
	call.policy = command_policy_in_force(invocation);
	if (call.policy == NULL)
		return STATUS_FAILED;
	call.state = command_apply_state(invocation, call.policy);
	call.arena = arena_create(16384);
	status = explain_run(&call);
	state_destroy(&call.state);
	arena_destroy(&call.arena);
	policy_destroy(&call.policy);
	return status;
}
