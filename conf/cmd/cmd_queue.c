/* SPDX-License-Identifier: BSD-2-Clause */
/* queue - list the mail that waits for a rule, by partner */
#include "config.h"

#include <assert.h>
#include <pwd.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/amount.h"
#include "conf/file/named_partner.h"
#include "conf/file/read.h"
#include "conf/queue/lifetime.h"
#include "conf/queue/queue_waiting.h"
#include "conf/show/print_queue.h"
#include "conf/tool/command.h"
#include "policy/evidence/dialect.h"

struct queue_call {
	struct invocation *invocation;
	struct policy *policy;          /* owns */
	struct queue_place place;
	struct slice partner;           /* absent: all */
	int64_t older;                  /* seconds; 0: of any age */
	struct print_queue print;
	struct waiting *waiting;        /* owns */
	struct queue_counts counts;
	json_t *groups;                 /* owns */
};

/* clang-format off */
static const struct command_option options[] = {
	{ "partner", "PARTNER", 'p', "of this partner, each message" },
	{ "older", "1h", 'o', "only mail that has waited so long" },
	{ "mta", "MTA", 'm', "whose queue: postfix, sendmail" },
	{ "mta-config", "PATH", 'c', "the MTA's configuration" },
	{ "mta-program", "PATH", 'P', "the program that lists the queue" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
queue_take_option(void *data, int option, struct err *e)
{
	struct queue_call *call = data;
	uint64_t ms;

	switch (option) {
	case 'p':
		call->partner = slice_of(optarg);
		break;
	case 'o':
		if (amount_duration(slice_of(optarg), &ms, e) < 0)
			return -1;
		call->older = (int64_t)(ms / 1000);
		break;
	case 'm':
		if (!dialect_from_setting(slice_of(optarg), &call->place.mta))
			return err_set(e, "--mta is postfix or sendmail");
		break;
	case 'c':
		call->place.config = optarg;
		break;
	case 'P':
		call->place.program = optarg;
		break;
	}
	return 0;
}

static void
queue_add_group(const struct waiting_group *group, void *data)
{
	struct queue_call *call = data;

	/* What may be anybody's may be this partner's. */
	if (call->partner.p == NULL || group->unsure.p != NULL ||
	    slice_ieq(group->partner, call->partner))
		json_array_append_new(call->groups,
		    print_queue_group(&call->print, group));
}

static void
queue_print(const struct queue_call *call)
{
	const struct queue_counts *counts = &call->counts;
	FILE *out = call->invocation->out;
	const json_t *group;
	size_t i;

	json_array_foreach(call->groups, i, group)
		print_queue_text(group, call->print.now,
		    call->partner.p != NULL, out);
	/* For cron: what is not there makes no line. */
	if (call->older > 0)
		return;
	if (json_array_size(call->groups) == 0)
		fputs("no mail waits for a rule\n", out);
	fprintf(out, "%llu message%s in the queue, %llu on hold\n",
	    (unsigned long long)counts->messages,
	    counts->messages == 1 ? "" : "s",
	    (unsigned long long)counts->held);
}

static void
queue_answer(struct queue_call *call)
{
	json_t *o;

	if (!call->invocation->json) {
		queue_print(call);
		return;
	}
	o = json_object();
	json_object_set_new(o, "mta",
	    json_string(dialect_of(queue_mta(&call->place))->name));
	json_object_set_new(o, "messages",
	    jsontext_count(call->counts.messages));
	json_object_set_new(o, "held", jsontext_count(call->counts.held));
	json_object_set(o, "waiting", call->groups);
	print_json(o, JSONTEXT_LINE, call->invocation->out);
	json_decref(o);
}

/* How long mail is tried; without it the rest is still worth an answer. */
static void
queue_read_lifetime(struct queue_call *call)
{
	struct lifetime lifetime;
	struct err e;

	if (lifetime_read(&call->place, &lifetime, &e) < 0) {
		command_not_known(call->invocation, "until when mail is tried",
		    &e);
		return;
	}
	call->print.mail_lifetime = lifetime.mail;
	call->print.bounce_lifetime = lifetime.bounce;
}

/* Who answers for an exception that is copied from the answer. */
static const char *
queue_owner(void)
{
	const char *claimed = getenv("SUDO_USER");
	const struct passwd *pw;

	if (claimed != NULL && claimed[0] != '\0')
		return claimed;
	pw = getpwuid(getuid());
	return pw == NULL ? "postmaster" : pw->pw_name;
}

static enum exit_status
queue_failed(const struct queue_call *call, const struct err *e)
{
	command_failed(call->invocation, e);
	if (geteuid() != 0)
		fputs("enforcetls: the MTA may show its queue to root alone\n",
		    call->invocation->err);
	return STATUS_FAILED;
}

static enum exit_status
queue_list(struct queue_call *call)
{
	struct print_queue *print = &call->print;
	int64_t before = call->older == 0 ? 0 : print->now - call->older;
	struct err e;

	call->waiting = waiting_create(call->policy, print->now, before);
	if (queue_waiting_read(&call->place, call->waiting, &call->counts,
		&e) < 0)
		return queue_failed(call, &e);
	call->groups = json_array();
	waiting_each(call->waiting, queue_add_group, call);
	queue_answer(call);
	return call->older > 0 && json_array_size(call->groups) > 0
	    ? STATUS_FINDINGS : STATUS_GOOD;
}

/* For cron, a name that is nobody's must not look like an empty queue. */
static enum exit_status
queue_of_partner(struct queue_call *call)
{
	struct named_partner named;
	struct err e;

	if (call->partner.p != NULL) {
		if (named_partner_find(call->policy, call->partner, &named,
			&e) < 0)
			return command_failed(call->invocation, &e);
		call->partner = named.name;
	}
	queue_read_lifetime(call);
	return queue_list(call);
}

enum exit_status
cmd_queue(struct invocation *invocation)
{
	struct queue_call call = { .invocation = invocation };
	enum exit_status status;
	struct state *state;

	if (!command_read(invocation, options, queue_take_option, &call,
		&status))
		return status;
	if (invocation->word_count != 0)
		return command_misused(invocation, "takes no argument");
	call.policy = command_policy_in_force(invocation);
	if (call.policy == NULL)
		return STATUS_FAILED;
	if (call.place.mta == MTA_UNKNOWN)
		call.place.mta = call.policy->settings.mta;
	state = command_apply_state(invocation, call.policy);
	call.print = (struct print_queue){ .policy = call.policy,
		.config = invocation->chosen ? invocation->config : NULL,
		.owner = queue_owner(), .now = state_now(state, time(NULL)) };
	status = queue_of_partner(&call);
	json_decref(call.groups);
	waiting_destroy(&call.waiting);
	state_destroy(&state);
	policy_destroy(&call.policy);
	return status;
}
