/* SPDX-License-Identifier: BSD-2-Clause */
/* stage - where every rule stands, and the way up on evidence */
#include "config.h"

#include <time.h>

#include "conf/base/amount.h"
#include "conf/cmd/apply_change.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"
#include "conf/state/statetext.h"
#include "policy/audit/log_only_age.h"
#include "policy/audit/stage_evidence.h"
#include "policy/staging.h"

enum {
	DAY = 86400,
	NAG_DAYS = 60,
	NEED = 600                      /* as the log cuts it */
};

struct stage_call {
	struct invocation *invocation;
	struct policy *policy;          /* owns */
	struct state *state;            /* owns */
	struct change change;
	int64_t now;
	const struct log_only_age *oldest; /* by the decision log; or NULL */
	int64_t clean;                  /* seconds */
	long messages;
};

/* clang-format off */
static const struct option options[] = {
	{ "reason", required_argument, NULL, 'r' },
	{ "require-clean", required_argument, NULL, 'c' },
	{ "min-messages", required_argument, NULL, 'm' },
	{ "ignore-client", required_argument, NULL, 'i' },
	{ "force", no_argument, NULL, 'f' },
	{ NULL, 0, NULL, 0 }
};
/* clang-format on */

static int
stage_take_option(void *data, int option, struct err *e)
{
	struct stage_call *call = data;
	uint64_t ms;

	switch (option) {
	case 'r':
		call->change.reason = slice_of(optarg);
		return 0;
	case 'c':
		if (amount_duration(slice_of(optarg), &ms, e) < 0)
			return -1;
		call->clean = (int64_t)(ms / 1000);
		return 0;
	case 'm':
		if (slice_int(slice_of(optarg), 0, 1000000000,
		    &call->messages))
			return 0;
		return err_set(e, "--min-messages is a number");
	case 'i':
		call->change.ignored_client = slice_of(optarg);
		return 0;
	case 'f':
		call->change.force = true;
		return 0;
	}
	return 0;
}

/* One rule as it stands. */
struct stand {
	const struct rule *rule;
	const struct stage_entry *entry;        /* NULL: as the row says */
	enum stage stage;
	int64_t since;                  /* when it came there; 0: unknown */
	bool overdue;                   /* log-only for too long */
};

static struct stand
stage_stand_of(const struct stage_call *call, const struct rule *rule)
{
	struct stand s = { .rule = rule,
		.entry = state_stage(call->state, rule) };

	s.stage = s.entry == NULL ? rule->stage : s.entry->stage;
	if (s.entry != NULL)
		s.since = s.entry->since;
	else if (s.stage == STAGE_LOG_ONLY)
		s.since = log_only_age_of(call->oldest, rule->partner->name,
		    rule->hop);
	s.overdue = s.stage == STAGE_LOG_ONLY && s.since > 0 &&
	    call->now - s.since > (int64_t)NAG_DAYS * DAY;
	return s;
}

static json_t *
stage_stand_json(const struct stand *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "partner",
	    jsontext_exact(s->rule->partner->name));
	json_object_set_new(o, "hop", json_string(hop_name(s->rule->hop)));
	json_object_set_new(o, "stage", json_string(stage_name(s->stage)));
	json_object_set_new(o, "row_stage",
	    json_string(stage_name(s->rule->stage)));
	json_object_set_new(o, "by_tool", json_boolean(s->entry != NULL));
	json_object_set_new(o, "since", print_time_json(s->since));
	json_object_set_new(o, "overdue", json_boolean(s->overdue));
	json_object_set_new(o, "rule", print_place_json(s->rule->place));
	return o;
}

static void
stage_print_stand(const json_t *stand, FILE *out)
{
	bool by_tool = json_is_true(json_object_get(stand, "by_tool"));
	bool overdue = json_is_true(json_object_get(stand, "overdue"));
	struct slice since = jsontext_at(stand, "since");
	char partner[128];

	print_member(stand, "partner", partner, sizeof(partner));
	fprintf(out, "%-20s %-9s %-9s %s%.*s%s\n", partner,
	    jsontext_at(stand, "hop").p, jsontext_at(stand, "stage").p,
	    by_tool ? "since " : since.p != NULL
	    ? "as in the policy file, recorded since "
	    : "as in the policy file", SLICE_ARGS(since), overdue
	    ? "\n    in log-only for over 60 days: raise the stage, or remove "
	        "the rule"
	    : "");
}

static void
stage_print_list(json_t *list, FILE *out)
{
	const json_t *stand;
	size_t i;

	json_array_foreach(list, i, stand)
		stage_print_stand(stand, out);
}

static struct log_only_age *
stage_read_oldest(const struct stage_call *call)
{
	struct err e;
	struct logwalk *log = logwalk_open(call->policy->settings.decisions,
	    0, call->invocation->err, &e);
	struct log_only_age *oldest = log == NULL ? NULL
	    : log_only_age_read(logwalk_lines(log),
		call->now - (int64_t)NAG_DAYS * DAY, &e);

	logwalk_close(&log);
	if (oldest == NULL)
		fprintf(call->invocation->err, "enforcetls: how long rules "
		    "have been in log-only is not known: %s\n", e.text);
	return oldest;
}

static json_t *
stage_list_json(const struct stage_call *call)
{
	json_t *list = json_array();

	for (size_t i = 0; i < table_partners(call->policy->table); i++) {
		const struct partner *p = table_partner(call->policy->table,
		    (unsigned)i);

		for (unsigned h = 0; p->name.p != NULL && h < HOP_COUNT; h++) {
			struct stand s;

			if (p->rules[h] == NULL)
				continue;
			s = stage_stand_of(call, p->rules[h]);
			json_array_append_new(list, stage_stand_json(&s));
		}
	}
	return list;
}

static enum exit_status
stage_list(struct stage_call *call)
{
	struct log_only_age *oldest = stage_read_oldest(call);

	call->oldest = oldest;
	command_answer(call->invocation, stage_list_json(call), JSONTEXT_LINE,
	    stage_print_list);
	log_only_age_free(&oldest);
	return STATUS_GOOD;
}

static json_t *
stage_lack_json(const struct stage_call *call,
    const struct stage_evidence *standing)
{
	json_t *o = json_object(), *worst = json_array();

	for (size_t i = 0; i < standing->worst_count; i++)
		json_array_append_new(worst, json_pack("{s:s,s:I,s:s}",
			"client_addr", standing->worst[i].client, "count",
			(json_int_t)standing->worst[i].count, "reason",
			standing->worst[i].reason));
	json_object_set_new(o, "ok", json_false());
	json_object_set_new(o, "error", json_string("the decision log does "
	    "not show that this is safe"));
	json_object_set_new(o, "days", json_integer(standing->first == 0 ? 0
	    : (call->now - standing->first) / DAY));
	json_object_set_new(o, "records",
	    json_integer((json_int_t)standing->records));
	json_object_set_new(o, "unclean",
	    json_integer((json_int_t)standing->unclean));
	json_object_set_new(o, "lost",
	    json_integer((json_int_t)standing->lost));
	json_object_set_new(o, "worst", worst);
	return o;
}

/* Why a rule may not climb; what was asked for is in call. */
static void
stage_print_lack(const struct stage_call *call, const json_t *o)
{
	FILE *err = call->invocation->err;
	const json_t *worst;
	size_t i;

	fprintf(err, "enforcetls: not done: %s\n"
	    "  days on record        %lld of %lld\n"
	    "  recipients judged     %lld of %ld\n"
	    "  would be refused      %lld\n", jsontext_at(o, "error").p,
	    (long long)jsontext_number(o, "days"),
	    (long long)(call->clean / DAY),
	    (long long)jsontext_number(o, "records"), call->messages,
	    (long long)jsontext_number(o, "unclean"));
	if (jsontext_number(o, "lost") > 0)
		fprintf(err, "  records lost          %lld\n",
		    (long long)jsontext_number(o, "lost"));
	json_array_foreach(json_object_get(o, "worst"), i, worst)
		fprintf(err, "    %-20s %lld times, last: %s\n",
		    jsontext_at(worst, "client_addr").p,
		    (long long)jsontext_number(worst, "count"),
		    jsontext_at(worst, "reason").p);
	fputs("  --ignore-client ADDRESS leaves one client out, --force needs "
	    "no evidence; both are recorded\n", err);
}

/* Reads what the log knows of a rule. */
static int
stage_read_standing(const struct stage_call *call, const struct rule *rule,
    int64_t since, struct stage_evidence *out, struct err *e)
{
	struct logwalk *log = logwalk_open(call->policy->settings.decisions,
	    0, call->invocation->err, e);
	char need[NEED];
	struct stage_question question = {
		.partner = rule->partner->name, .hop = rule->hop,
		.need = { need, demand_show(&rule->demand, need,
		    sizeof(need)) },
		.since = since,
		.ignored_client = call->change.ignored_client };
	int result;

	if (log == NULL)
		return -1;
	result = stage_evidence_read(logwalk_lines(log), &question, out, e);
	logwalk_close(&log);
	return result;
}

/* Whether the log allows the rule to climb; says why not. */
static enum exit_status
stage_check_evidence(const struct stage_call *call, const struct rule *rule)
{
	const struct change *c = &call->change;
	int64_t since = call->now - call->clean;
	struct stage_evidence standing;
	json_t *lack;
	struct err e;

	if (c->hop == HOP_OUTBOUND) {
		fputs("enforcetls: not done: the decision log has no evidence "
		    "of outbound hops: use --force\n", call->invocation->err);
		return STATUS_FINDINGS;
	}
	if (stage_read_standing(call, rule, since, &standing, &e) < 0) {
		fprintf(call->invocation->err, "enforcetls: %s\n", e.text);
		return STATUS_FAILED;
	}
	if (standing.unclean == 0 && standing.lost == 0 &&
	    standing.first > 0 && standing.first <= since &&
	    standing.records >= (uint64_t)call->messages)
		return STATUS_GOOD;
	lack = stage_lack_json(call, &standing);
	if (call->invocation->json)
		print_json(lack, JSONTEXT_LINE, call->invocation->out);
	else
		stage_print_lack(call, lack);
	json_decref(lack);
	return STATUS_FINDINGS;
}

static enum exit_status
stage_move(struct stage_call *call, char **argv)
{
	struct change *c = &call->change;
	const struct rule *rule;
	struct slice known_as;
	struct stand s;
	struct err e;

	c->kind = CHANGE_STAGE;
	c->partner = slice_of(argv[0]);
	if (!hop_from(slice_of(argv[1]), &c->hop) ||
	    !stage_from(slice_of(argv[2]), &c->stage))
		return command_misused(call->invocation, "HOP is inbound, "
		    "entry, earlier or outbound; STAGE log-only, tag, hold, "
		    "defer or reject");
	rule = change_rule(call->policy, c->partner, c->hop, &known_as, &e);
	if (rule == NULL) {
		fprintf(call->invocation->err, "enforcetls: not done: %s\n",
		    e.text);
		return STATUS_FINDINGS;
	}
	s = stage_stand_of(call, rule);
	if (c->stage > s.stage && !c->force) {
		enum exit_status status = stage_check_evidence(call, rule);

		if (status != STATUS_GOOD)
			return status;
	}
	return apply_change(call->invocation, call->policy, c);
}

enum exit_status
cmd_stage(struct invocation *invocation)
{
	struct stage_call call = { .invocation = invocation,
		.clean = 14 * (int64_t)DAY, .messages = 100 };
	enum exit_status status;
	int left;

	if (!command_read(invocation, options, stage_take_option, &call,
		&status))
		return status;
	left = invocation->word_count;
	if (left != 0 && left != 3)
		return command_misused(invocation, "takes a partner, a hop and "
		    "a stage, or no argument to list the stages");
	call.policy = command_policy(invocation, invocation->config);
	if (call.policy == NULL)
		return STATUS_FAILED;
	call.state = apply_change_read_state(invocation, call.policy);
	status = STATUS_FAILED;
	if (call.state != NULL) {
		call.now = state_now(call.state, time(NULL));
		status = left == 0 ? stage_list(&call)
		    : stage_move(&call, invocation->words);
	}
	state_destroy(&call.state);
	policy_destroy(&call.policy);
	return status;
}
