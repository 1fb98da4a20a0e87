/* SPDX-License-Identifier: BSD-2-Clause */
/* stage - print the stage of every rule, or set one on evidence */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "conf/base/addresskey.h"
#include "conf/base/amount.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"
#include "conf/state/stages.h"
#include "conf/state/statetext.h"
#include "conf/tool/apply_change.h"
#include "policy/audit/log_only_age.h"
#include "policy/audit/stage_evidence.h"
#include "policy/staging.h"
#include "policy/table/demand_cover.h"

enum {
	DAY = 86400,
	OVERDUE_DAYS = 60,
	NEED = 600,                     /* the log cuts a demand there */
	IGNORED = 64                    /* clients and ranges */
};

struct stage_call {
	struct invocation *invocation;
	struct policy *policy;          /* owns */
	struct state *state;            /* owns */
	struct change change;
	int64_t now;
	const struct log_only_age *ages;        /* NULL: not known */
	int64_t clean;                  /* --require-clean, in seconds */
	long messages;                  /* --min-messages */
	struct netrange ignored[IGNORED];       /* --ignore-client */
	size_t ignored_count;
	char ignored_words[IGNORED * (NETRANGE_TEXT + 2)];
};

/* clang-format off */
static const struct option options[] = {
	{ "reason", required_argument, NULL, 'r' },
	{ "require-clean", required_argument, NULL, 'c' },
	{ "min-messages", required_argument, NULL, 'm' },
	{ "ignore-client", required_argument, NULL, 'i' },
	{ "ignore-unverified", no_argument, NULL, 'u' },
	{ "force", no_argument, NULL, 'f' },
	{ NULL, 0, NULL, 0 }
};
/* clang-format on */

/* An address or a range; the history has them all in one text. */
static int
stage_take_client(struct stage_call *call, const char *text, struct err *e)
{
	struct netrange *range = &call->ignored[call->ignored_count];
	char shown[NETRANGE_TEXT];
	struct text words;

	if (call->ignored_count == IGNORED)
		return err_set(e, "--ignore-client is given more than %d "
		    "times: name ranges", IGNORED);
	if (!netrange_from(slice_of(text), range))
		return err_set(e, "--ignore-client is an address or a range "
		    "such as 192.0.2.0/24");
	call->ignored_count++;
	text_init(&words, call->ignored_words, sizeof(call->ignored_words));
	for (size_t i = 0; i < call->ignored_count; i++)
		text_join(&words, ", ", "%s", netrange_show(&call->ignored[i],
		    shown, sizeof(shown)));
	call->change.ignored_client = text_so_far(&words);
	return 0;
}

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
		return stage_take_client(call, optarg, e);
	case 'u':
		call->change.ignored_unverified = true;
		return 0;
	case 'f':
		call->change.force = true;
		return 0;
	}
	return 0;
}

struct rule_stage {
	const struct rule *rule;
	struct stage_effect effect;
	const struct stage_entry *entry;        /* NULL: the row's stage */
	enum stage stage;               /* in force for the row's demand */
	int64_t since;                  /* seconds since 1970; 0: unknown */
	bool overdue;                   /* log-only for too long */
};

static struct rule_stage
stage_of(const struct stage_call *call, const struct rule *rule)
{
	struct rule_stage s = { .rule = rule };

	assert(rule->partner != NULL);
	stages_effect(call->state, call->policy, rule, &s.effect);
	s.stage = s.effect.stage;
	if (s.effect.entry != NULL && s.effect.kept == NULL &&
	    s.effect.entry->stage == s.stage && s.effect.void_because == NULL)
		s.entry = s.effect.entry;
	if (s.entry != NULL)
		s.since = s.entry->since;
	else if (s.stage == STAGE_LOG_ONLY)
		s.since = log_only_age_of(call->ages, rule->partner->name,
		    rule->hop);
	s.overdue = s.stage == STAGE_LOG_ONLY && s.since > 0 &&
	    call->now - s.since > (int64_t)OVERDUE_DAYS * DAY;
	return s;
}

/* What the row demanded when its stage was set, and goes on demanding. */
static json_t *
stage_kept_json(const struct stage_effect *effect)
{
	char need[NEED];

	if (effect->kept == NULL)
		return json_null();
	demand_show(effect->kept, need, sizeof(need));
	return json_pack("{s:s,s:s,s:o}", "need", need, "stage",
	    stage_name(effect->kept_stage), "since",
	    time_to_json(effect->entry->since));
}

static json_t *
stage_json(const struct rule_stage *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "partner",
	    jsontext_exact(s->rule->partner->name));
	json_object_set_new(o, "hop", json_string(hop_name(s->rule->hop)));
	json_object_set_new(o, "stage", json_string(stage_name(s->stage)));
	json_object_set_new(o, "row_stage",
	    json_string(stage_name(s->rule->stage)));
	json_object_set_new(o, "by_tool", json_boolean(s->entry != NULL));
	json_object_set_new(o, "since", time_to_json(s->since));
	json_object_set_new(o, "overdue", json_boolean(s->overdue));
	json_object_set_new(o, "rule", place_to_json(s->rule->place));
	json_object_set_new(o, "kept", stage_kept_json(&s->effect));
	return o;
}

static void
stage_print_kept(const json_t *kept, FILE *out)
{
	if (!json_is_object(kept))
		return;
	fprintf(out, "    and %s since %s for what the row demanded then: "
	    "%s\n", jsontext_at(kept, "stage").p,
	    jsontext_at(kept, "since").p, jsontext_at(kept, "need").p);
}

static void
stage_print(const json_t *stage, FILE *out)
{
	bool by_tool = json_is_true(json_object_get(stage, "by_tool"));
	bool overdue = json_is_true(json_object_get(stage, "overdue"));
	struct slice since = jsontext_at(stage, "since");
	char partner[128];

	show_member(stage, "partner", partner, sizeof(partner));
	fprintf(out, "%-20s %-9s %-9s %s%.*s%s\n", partner,
	    jsontext_at(stage, "hop").p, jsontext_at(stage, "stage").p,
	    by_tool ? "since " : since.p != NULL
	    ? "as in the policy file, recorded since "
	    : "as in the policy file", SLICE_ARGS(since), overdue
	    ? "\n    in log-only for over 60 days: raise the stage, or remove "
	        "the rule"
	    : "");
	stage_print_kept(json_object_get(stage, "kept"), out);
}

static void
stage_print_list(json_t *list, FILE *out)
{
	const json_t *stage;
	size_t i;

	json_array_foreach(list, i, stage)
		stage_print(stage, out);
}

/* Returns new; goes with log_only_age_free(). NULL when the log cannot be read,
 * which is reported. */
static struct log_only_age *
stage_read_ages(const struct stage_call *call)
{
	struct err e;
	struct logwalk *log = logwalk_open(call->policy->settings.decisions,
	    0, &e);
	struct log_only_age *ages = log == NULL ? NULL
	    : log_only_age_read(logwalk_lines(log),
		call->now - (int64_t)OVERDUE_DAYS * DAY, &e);

	logwalk_close(&log);
	if (ages == NULL)
		fprintf(call->invocation->err, "enforcetls: how long rules "
		    "have been in log-only is not known: %s\n", e.text);
	return ages;
}

static json_t *
stage_list_json(const struct stage_call *call)
{
	json_t *list = json_array();

	for (size_t i = 0; i < table_partners(call->policy->table); i++) {
		const struct partner *p = table_partner(call->policy->table,
		    (unsigned)i);

		for (unsigned h = 0; p->name.p != NULL && h < HOP_COUNT; h++) {
			struct rule_stage s;

			if (p->rules[h] == NULL)
				continue;
			s = stage_of(call, p->rules[h]);
			json_array_append_new(list, stage_json(&s));
		}
	}
	return list;
}

static enum exit_status
stage_list(struct stage_call *call)
{
	struct log_only_age *ages = stage_read_ages(call);

	call->ages = ages;
	command_answer(call->invocation, stage_list_json(call), JSONTEXT_LINE,
	    stage_print_list);
	call->ages = NULL;
	log_only_age_free(&ages);
	return STATUS_GOOD;
}

/* Each condition that is missing, in words and numbers. */
static void
stage_add_missing(const struct stage_call *call,
    const struct stage_evidence *evidence, struct text *t)
{
	char clean[AMOUNT_TEXT], past[AMOUNT_TEXT];
	int64_t age = call->now - evidence->first;

	amount_show_duration(call->clean, clean);
	if (evidence->lost > 0)
		text_join(t, "; ", "%llu records of the last %s were lost, so "
		    "what they would show is not known",
		    (unsigned long long)evidence->lost, clean);
	if (evidence->unclean > 0)
		text_join(t, "; ", "%llu of %llu recipients in the last %s "
		    "would be refused", (unsigned long long)evidence->unclean,
		    (unsigned long long)evidence->records, clean);
	if (evidence->first == 0)
		text_join(t, "; ", "no record of what the row demands now");
	else if (age < call->clean)
		text_join(t, "; ", "it is on record for %s, and %s are "
		    "required", amount_show_duration(age, past), clean);
	if (evidence->records < (uint64_t)call->messages)
		text_join(t, "; ", "%llu of the %ld recipients required were "
		    "judged", (unsigned long long)evidence->records,
		    call->messages);
}

static json_t *
stage_evidence_json(const struct stage_call *call,
    const struct stage_evidence *evidence)
{
	char missing[TEXT_SENTENCE];
	json_t *o = json_object(), *worst = json_array();
	struct text t;

	assert(evidence->worst_count <= STAGE_EVIDENCE_OFFENDERS);
	for (size_t i = 0; i < evidence->worst_count; i++)
		json_array_append_new(worst, json_pack("{s:s,s:I,s:s}",
			"client_addr", evidence->worst[i].client, "count",
			(json_int_t)evidence->worst[i].count, "reason",
			evidence->worst[i].reason));
	text_init(&t, missing, sizeof(missing));
	stage_add_missing(call, evidence, &t);
	json_object_set_new(o, "ok", json_boolean(text_length(&t) == 0));
	json_object_set_new(o, "error", text_length(&t) == 0 ? json_null()
	    : json_sprintf("the decision log does not show that this is safe: "
		"%s", missing));
	json_object_set_new(o, "days", json_integer(evidence->first == 0 ? 0
	    : (call->now - evidence->first) / DAY));
	json_object_set_new(o, "records", jsontext_count(evidence->records));
	json_object_set_new(o, "unclean", jsontext_count(evidence->unclean));
	json_object_set_new(o, "lost", jsontext_count(evidence->lost));
	json_object_set_new(o, "set_aside", jsontext_count(evidence->aside));
	json_object_set_new(o, "set_aside_clients",
	    jsontext_count(evidence->aside_clients));
	json_object_set_new(o, "worst", worst);
	return o;
}

/* o is of stage_evidence_json(); call has what was required. */
static void
stage_print_evidence(const struct stage_call *call, const json_t *o, FILE *err)
{
	const json_t *worst;
	size_t i;

	fprintf(err, "  days on record        %lld of %lld\n"
	    "  recipients judged     %lld of %ld\n"
	    "  would be refused      %lld\n",
	    (long long)jsontext_number(o, "days"),
	    (long long)(call->clean / DAY),
	    (long long)jsontext_number(o, "records"), call->messages,
	    (long long)jsontext_number(o, "unclean"));
	if (jsontext_number(o, "lost") > 0)
		fprintf(err, "  records lost          %lld\n",
		    (long long)jsontext_number(o, "lost"));
	if (jsontext_number(o, "set_aside") > 0)
		fprintf(err, "  set aside             %lld, of %lld clients "
		    "that never passed\n",
		    (long long)jsontext_number(o, "set_aside"),
		    (long long)jsontext_number(o, "set_aside_clients"));
	json_array_foreach(json_object_get(o, "worst"), i, worst)
		fprintf(err, "    %-20s %lld times, last: %s\n",
		    jsontext_at(worst, "client_addr").p,
		    (long long)jsontext_number(worst, "count"),
		    jsontext_at(worst, "reason").p);
}

static void
stage_print_refusal(const struct stage_call *call, const json_t *o)
{
	FILE *err = call->invocation->err;

	fprintf(err, "enforcetls: not done: %s\n", jsontext_at(o, "error").p);
	stage_print_evidence(call, o, err);
	fputs("  --ignore-client ADDRESS leaves a client out, "
	    "--ignore-unverified those that never\n  passed, --force needs no "
	    "evidence; all are recorded\n", err);
}

/* What the log records of a rule since a time. */
static int
stage_read_evidence(const struct stage_call *call, const struct rule *rule,
    int64_t since, struct stage_evidence *out, struct err *e)
{
	struct logwalk *log = logwalk_open(call->policy->settings.decisions,
	    0, e);
	char need[NEED], need_hashed[NEED];
	struct shortening hashed;
	struct stage_question question = {
		.partner = rule->partner->name, .hop = rule->hop,
		.need = { need, demand_show(&rule->demand, need,
		    sizeof(need)) },
		.since = since,
		.ignored = call->ignored,
		.ignored_count = call->ignored_count,
		.ignore_unverified = call->change.ignored_unverified };
	int result;

	if (log == NULL)
		return -1;
	if (addresskey_known(&call->policy->settings, &hashed))
		question.need_hashed = (struct slice){ need_hashed,
			demand_show_shortened(&rule->demand, &hashed,
			    need_hashed, sizeof(need_hashed)) };
	result = stage_evidence_read(logwalk_lines(log), &question, out, e);
	logwalk_close(&log);
	return result;
}

/* Nothing unclean, nothing lost, and enough of both time and mail. */
static bool
stage_is_safe(const struct stage_call *call,
    const struct stage_evidence *evidence, int64_t since)
{
	return evidence->unclean == 0 && evidence->lost == 0 &&
	    evidence->first > 0 && evidence->first <= since &&
	    evidence->records >= (uint64_t)call->messages;
}

/* Whether the log allows the rule a stricter stage; reports why not. */
static enum exit_status
stage_check_evidence(const struct stage_call *call, const struct rule *rule)
{
	int64_t since = call->now - call->clean;
	struct stage_evidence evidence;
	json_t *refusal;
	struct err e;

	assert(call->messages >= 0);
	if (rule->hop == HOP_OUTBOUND) {
		fputs("enforcetls: not done: the decision log has no evidence "
		    "of outbound hops: use --force\n", call->invocation->err);
		return STATUS_FINDINGS;
	}
	if (stage_read_evidence(call, rule, since, &evidence, &e) < 0) {
		fprintf(call->invocation->err, "enforcetls: %s\n", e.text);
		return STATUS_FAILED;
	}
	if (stage_is_safe(call, &evidence, since))
		return STATUS_GOOD;
	refusal = stage_evidence_json(call, &evidence);
	if (call->invocation->json)
		print_json(refusal, JSONTEXT_LINE, call->invocation->out);
	else
		stage_print_refusal(call, refusal);
	json_decref(refusal);
	return STATUS_FINDINGS;
}

/* What the log shows for the next stage of a rule; NULL: it could not be read,
 * or has none of this hop. */
static json_t *
stage_look(const struct stage_call *call, const struct rule *rule)
{
	struct stage_evidence evidence;
	struct err e;

	if (rule->hop == HOP_OUTBOUND)
		return NULL;
	if (stage_read_evidence(call, rule, call->now - call->clean,
		&evidence, &e) == 0)
		return stage_evidence_json(call, &evidence);
	fprintf(call->invocation->err, "enforcetls: %s\n", e.text);
	return NULL;
}

static void
stage_show_rule(const struct stage_call *call, const struct rule *rule,
    json_t *list)
{
	struct rule_stage s = stage_of(call, rule);
	json_t *o = stage_json(&s), *evidence = stage_look(call, rule);
	FILE *out = call->invocation->out;
	const char *missing;

	if (!call->invocation->json) {
		stage_print(o, out);
		missing = jsontext_at(evidence, "error").p;
		if (evidence == NULL)
			fputs("  the decision log has no evidence of it\n",
			    out);
		else {
			stage_print_evidence(call, evidence, out);
			fprintf(out, "  %s\n", missing == NULL
			    ? "a higher stage is safe by this" : missing);
		}
	}
	json_object_set_new(o, "evidence", evidence == NULL ? json_null()
	    : evidence);
	json_array_append_new(list, o);
}

/* argv is a partner, and a hop unless argc is 1. */
static enum exit_status
stage_show(const struct stage_call *call, int argc, char **argv)
{
	json_t *list = json_array();
	enum hop only = HOP_COUNT;
	struct slice known_as;
	struct err e = { .text = "" };
	size_t found = 0;

	if (argc > 1 && !hop_from(slice_of(argv[1]), &only)) {
		json_decref(list);
		return command_misused(call->invocation, "HOP is inbound, "
		    "entry, earlier or outbound");
	}
	for (unsigned h = 0; h < HOP_COUNT; h++) {
		const struct rule *rule = only != HOP_COUNT && h != only ? NULL
		    : change_rule(call->policy, slice_of(argv[0]),
			(enum hop)h, &known_as, &e);

		if (rule == NULL)
			continue;
		if (rule->partner->name.p == NULL) {
			err_set(&e, "lines of a table share the stage of their "
			    "profile: `enforcetls partners %.255s` shows it",
			    argv[0]);
			break;
		}
		stage_show_rule(call, rule, list);
		found++;
	}
	if (found > 0 && call->invocation->json)
		print_json(list, JSONTEXT_LINE, call->invocation->out);
	json_decref(list);
	if (found > 0)
		return STATUS_GOOD;
	fprintf(call->invocation->err, "enforcetls: %s\n", e.text);
	return STATUS_FINDINGS;
}

/* Whether the rule gets a stricter stage for what the row demands. What is kept
 * may demand that at this stage already. */
static bool
stage_climbs(const struct rule_stage *now, enum stage stage)
{
	const struct stage_effect *effect = &now->effect;

	return stage > now->stage &&
	    (effect->kept == NULL || effect->kept_stage < stage ||
		!demand_covers(effect->kept, &now->rule->demand));
}

static void
stage_print_line(json_t *o, FILE *out)
{
	fprintf(out, "nothing is set: stages_from is \"file\". Write this into "
	    "the rule at %s, and reload:\n    %s\n",
	    jsontext_at(o, "rule").p, jsontext_at(o, "line").p);
}

/* Stages come from the policy file: prints what to write there. */
static enum exit_status
stage_show_line(const struct stage_call *call, const struct rule *rule)
{
	json_t *o = json_object();

	json_object_set_new(o, "ok", json_false());
	json_object_set_new(o, "error",
	    json_string("stages_from is \"file\": nothing is set"));
	json_object_set_new(o, "rule", place_to_json(rule->place));
	json_object_set_new(o, "line", json_sprintf("stage = \"%s\";",
	    stage_name(call->change.stage)));
	command_answer(call->invocation, o, JSONTEXT_LINE, stage_print_line);
	return STATUS_FINDINGS;
}

/* argv is a partner, a hop and a stage. */
static enum exit_status
stage_set(struct stage_call *call, char **argv)
{
	struct change *c = &call->change;
	const struct rule *rule;
	struct slice known_as;
	struct rule_stage now;
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
	assert(rule->hop == c->hop);
	now = stage_of(call, rule);
	if (stage_climbs(&now, c->stage) && !c->force) {
		enum exit_status status = stage_check_evidence(call, rule);

		if (status != STATUS_GOOD)
			return status;
	}
	if (call->policy->settings.stages_from == STAGES_FROM_FILE &&
	    stage_is_for(c->stage, c->hop) && c->stage != now.stage)
		return stage_show_line(call, rule);
	return apply_change(call->invocation, call->policy, c);
}

enum exit_status
cmd_stage(struct invocation *invocation)
{
	struct stage_call call = { .invocation = invocation,
		.clean = 14 * (int64_t)DAY, .messages = 100 };
	enum exit_status status;

	if (!command_read(invocation, options, stage_take_option, &call,
		&status))
		return status;
	if (invocation->word_count > 3)
		return command_misused(invocation, "takes a partner, a hop and "
		    "a stage; a partner, or it and a hop, to show them; or no "
		    "argument to list the stages");
	call.policy = command_policy_in_force(invocation);
	if (call.policy == NULL)
		return STATUS_FAILED;
	call.state = apply_change_read_state(invocation, call.policy);
	status = STATUS_FAILED;
	if (call.state != NULL) {
		call.now = state_now(call.state, time(NULL));
		status = invocation->word_count == 0 ? stage_list(&call)
		    : invocation->word_count < 3 ? stage_show(&call,
			invocation->word_count, invocation->words)
		    : stage_set(&call, invocation->words);
	}
	state_destroy(&call.state);
	policy_destroy(&call.policy);
	return status;
}
