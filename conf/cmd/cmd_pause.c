/* SPDX-License-Identifier: BSD-2-Clause */
/* pause - let the rules of a hop only log for a while, or list the pauses */
#include "config.h"

#include <assert.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/amount.h"
#include "conf/file/read.h"
#include "conf/queue/queue.h"
#include "conf/show/pauses.h"
#include "conf/show/times.h"
#include "conf/state/change_pause.h"
#include "conf/tool/apply_change.h"
#include "policy/base/text.h"
#include "policy/evidence/dialect.h"
#include "policy/outbound/outbound.h"

struct pause_call {
	struct invocation *invocation;
	struct policy *policy;          /* owns */
	struct state *state;            /* owns */
	struct change change;
	struct queue_place place;
	bool end;
	bool yes;
	int64_t now;
	size_t messages;                /* of the queue, for acting rules */
	size_t recipients;
	size_t unsure;                  /* recipients whose rule, if there is
	                                 * one, cannot be told */
	char queue[200];                /* what was found there, in words */
};

/* clang-format off */
static const struct command_option options[] = {
	{ "all", NULL, 'a', "the rules of every hop" },
	{ "for", "4h", 'f', "how long: at most 24h" },
	{ "reason", "WHY", 'r', "why; the history keeps it" },
	{ "end", NULL, 'e', "end it now" },
	{ "yes", NULL, 'y', "also when mail that waits would leave" },
	{ "mta", "MTA", 'm', "whose queue to look at: postfix, sendmail" },
	{ "mta-config", "PATH", 'c', "the MTA's configuration" },
	{ "mta-program", "PATH", 'P', "the program that lists the queue" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
pause_take_option(void *data, int option, struct err *e)
{
	struct pause_call *call = data;
	uint64_t ms;

	switch (option) {
	case 'a':
		call->change.all_hops = true;
		return 0;
	case 'f':
		if (amount_duration(slice_of(optarg), &ms, e) < 0)
			return -1;
		call->change.lasts = (int64_t)(ms / 1000);
		return 0;
	case 'r':
		call->change.reason = slice_of(optarg);
		return 0;
	case 'e':
		call->end = true;
		return 0;
	case 'y':
		call->yes = true;
		return 0;
	case 'm':
		if (!dialect_from_setting(slice_of(optarg), &call->place.mta))
			return err_set(e, "--mta is postfix or sendmail");
		return 0;
	case 'c':
		call->place.config = optarg;
		return 0;
	case 'P':
		call->place.program = optarg;
		return 0;
	}
	return 0;
}

/* Whether a rule that acts demands something of this next hop. */
static bool
pause_is_demanded(const struct pause_call *call, struct slice hop)
{
	struct outbound_row rows[2];
	struct outbound_key key;

	outbound_key_read(hop, &key);
	outbound_rows(call->policy, &key, call->now, &rows[0], &rows[1]);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (size_t k = 0; k < rows[i].term_count; k++)
			if (outbound_row_demand(&rows[i], k).level !=
			    LEVEL_NONE)
				return true;
	return false;
}

/* Counts a recipient that has, or may have, a rule; whether it has one. */
static bool
pause_count_recipient(struct pause_call *call,
    const struct queued_recipient *to)
{
	size_t demanded = 0;

	for (size_t i = 0; i < to->hop_count; i++)
		if (pause_is_demanded(call, to->hops[i]))
			demanded++;
	if (to->unsure != NULL ||
	    (demanded > 0 && demanded < to->hop_count)) {
		call->unsure++;
		return false;
	}
	if (demanded > 0)
		call->recipients++;
	return demanded > 0;
}

static void
pause_count_message(void *data, const struct queued *message)
{
	struct pause_call *call = data;
	bool counted = false;

	if (slice_eq(message->queue, SLICE("hold")))
		return;
	for (size_t i = 0; i < message->recipient_count; i++)
		counted |= pause_count_recipient(call,
		    &message->recipients[i]);
	if (counted)
		call->messages++;
}

static void
pause_write_counts(struct pause_call *call)
{
	struct text t;

	text_init(&t, call->queue, sizeof(call->queue));
	text_add(&t, "%zu message%s in the queue (%zu recipient%s) would "
	    "leave below an outbound rule that acts", call->messages,
	    call->messages == 1 ? "" : "s", call->recipients,
	    call->recipients == 1 ? "" : "s");
	if (call->unsure > 0)
		text_add(&t, ", and mail to %zu more recipient%s may: the "
		    "rule is not known", call->unsure, call->unsure == 1
		    ? "" : "s");
}

/* What waits for a rule would leave by whatever the next hop offers. */
static void
pause_look_at_queue(struct pause_call *call)
{
	struct err e;

	if (call->place.mta == MTA_UNKNOWN)
		call->place.mta = call->policy->settings.mta;
	if (queue_each(&call->place, pause_count_message, call, &e) < 0)
		snprintf(call->queue, sizeof(call->queue), "the MTA's queue "
		    "cannot be read (%.100s): what waits there is not known",
		    e.text);
	else
		pause_write_counts(call);
	call->change.queue = slice_of(call->queue);
}

/* Whether the administrator wants it, by --yes or at the terminal. */
static bool
pause_is_confirmed(const struct pause_call *call)
{
	FILE *err = call->invocation->err;
	char answer[16] = "";

	if (call->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		fprintf(err, "enforcetls: not done: %s: --yes to go on\n",
		    call->queue);
		return false;
	}
	fprintf(err, "%s; go on? [yes/no] ", call->queue);
	fflush(err);
	if (fgets(answer, sizeof(answer), stdin) == NULL ||
	    strcmp(answer, "yes\n") != 0) {
		fputs("enforcetls: not done: not answered with yes\n", err);
		return false;
	}
	return true;
}

/* Nobody may think that a floor still holds, or that it has no end. */
static void
pause_print_scope(const struct pause_call *call, int64_t until, FILE *out)
{
	char text[TIMES_TEXT];

	fprintf(out, "%s: rules act as log-only until %s local time, below "
	    "never_below and\nexceptions.allow_plaintext too; `enforcetls "
	    "pause --end%s%s` ends it now\n", call->change.all_hops
	    ? "every hop" : hop_name(call->change.hop),
	    times_show(until, text),
	    call->change.all_hops ? "" : " ",
	    call->change.all_hops ? "" : hop_name(call->change.hop));
}

/* Whether what waits in the queue was shown, where the pause is for it, and the
 * administrator wants it. */
static bool
pause_may_begin(struct pause_call *call)
{
	const struct change *c = &call->change;

	if ((!c->all_hops && c->hop != HOP_OUTBOUND) ||
	    !table_has_hop(call->policy->table, HOP_OUTBOUND))
		return true;
	pause_look_at_queue(call);
	if (!pause_is_confirmed(call))
		return false;
	if (!call->invocation->json)
		fprintf(call->invocation->out, "%s\n", call->queue);
	return true;
}

static enum exit_status
pause_begin(struct pause_call *call)
{
	struct change *c = &call->change;
	enum exit_status status;
	int64_t until = 0;
	struct slice id;
	struct err e;

	c->kind = CHANGE_PAUSE;
	call->state = command_apply_state(call->invocation, call->policy);
	call->now = state_now(call->state, time(NULL));
	if (change_pause_check(&call->policy->settings, c, &e) < 0) {
		fprintf(call->invocation->err, "enforcetls: not done: %s\n",
		    e.text);
		return STATUS_FINDINGS;
	}
	if (call->state != NULL)
		until = change_pause_already(call->state, c, call->now, &id);
	/* What is so already lets nothing more pass. */
	if (until == 0 && !pause_may_begin(call))
		return STATUS_FINDINGS;
	call->now = state_now(call->state, time(NULL));
	status = apply_change(call->invocation, call->policy, c);
	/* One that waits for another person lets nothing pass yet. */
	if (status == STATUS_GOOD && !call->invocation->json &&
	    (until != 0 || !call->policy->settings.exception_four_eyes))
		pause_print_scope(call, until != 0 ? until
		    : call->now + c->lasts, call->invocation->out);
	return status;
}

static enum exit_status
pause_list(struct pause_call *call)
{
	/* Not a word of "nothing": what cannot be read may have one. */
	call->state = apply_change_read_state(call->invocation, call->policy);
	if (call->state == NULL)
		return STATUS_FAILED;
	call->now = state_now(call->state, time(NULL));
	command_answer(call->invocation, pauses_json(call->state, call->now),
	    JSONTEXT_LINE, pauses_print_all);
	return call->state->health == STATE_DAMAGED ? STATUS_FINDINGS
	    : STATUS_GOOD;
}

static enum exit_status
pause_end(struct pause_call *call)
{
	call->change.kind = CHANGE_END_PAUSE;
	call->change.all_hops = call->invocation->word_count == 0;
	return apply_change(call->invocation, call->policy, &call->change);
}

typedef enum exit_status pause_form(struct pause_call *call);

/* What the command line asks for; NULL: it is wrong, which is reported. */
static pause_form *
pause_form_of(struct pause_call *call)
{
	const struct invocation *invocation = call->invocation;
	int words = invocation->word_count;
	bool all = call->change.all_hops;

	if (words == 1 && !hop_from(slice_of(invocation->words[0]),
	    &call->change.hop)) {
		command_misused(invocation, "HOP is inbound, entry, earlier or "
		    "outbound");
		return NULL;
	}
	if (words > 1 || (words == 1 && all) || (words == 0 && !all &&
	    !call->end && invocation->given[0] != '\0')) {
		command_misused(invocation, "takes one hop, or --all");
		return NULL;
	}
	if (call->end)
		return command_has_options(invocation, "--end", "e", "ar")
		    ? pause_end : NULL;
	if (words == 0 && !all)
		return pause_list;
	return command_has_options(invocation, all ? "--all"
	    : invocation->words[0], "fr", "aymcP") ? pause_begin : NULL;
}

enum exit_status
cmd_pause(struct invocation *invocation)
{
	struct pause_call call = { .invocation = invocation };
	enum exit_status status;
	pause_form *run;

	if (!command_read(invocation, options, pause_take_option, &call,
		&status))
		return status;
	run = pause_form_of(&call);
	if (run == NULL)
		return STATUS_FAILED;
	call.policy = command_policy_in_force(invocation);
	if (call.policy == NULL)
		return STATUS_FAILED;
	status = run(&call);
	state_destroy(&call.state);
	policy_destroy(&call.policy);
	return status;
}
