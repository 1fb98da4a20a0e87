/* SPDX-License-Identifier: BSD-2-Clause */
/* stage - print the stage of every rule, set one on evidence, or end one */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "conf/base/amount.h"
#include "conf/file/named_partner.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"
#include "conf/show/rule_stage.h"
#include "conf/tool/apply_change.h"
#include "conf/tool/clean_record.h"
#include "policy/staging.h"
#include "policy/table/demand_cover.h"

enum {
	DAY = 86400,
	IGNORED = 64                    /* clients and ranges */
};

struct stage_call {
	struct invocation *invocation;
	struct policy *policy;          /* owns */
	struct state *state;            /* owns */
	struct change change;
	bool end;                       /* of a rule that is gone */
	struct rule_stages rules;
	struct clean_record required;
	struct netrange ignored[IGNORED];       /* of required */
	char ignored_words[IGNORED * (NETRANGE_TEXT + 2)];
};

/* clang-format off */
static const struct command_option options[] = {
	{ "reason", "WHY", 'r', "why; the history keeps it" },
	{ "require-clean", "14d", 'c', "so long nothing may have failed" },
	{ "min-messages", "100", 'm', "so many must have been judged" },
	{ "ignore-client", "ADDRESS", 'i', "leave out a client, or a range" },
	{ "ignore-unverified", NULL, 'u', "leave out who never passed" },
	{ "force", NULL, 'f', "without evidence of the log" },
	{ "end", NULL, 'e', "forget the stage of a rule that is gone" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

/* An address or a range; the history has them all in one text. */
static int
stage_take_client(struct stage_call *call, const char *text, struct err *e)
{
	struct netrange *range = &call->ignored[call->required.ignored_count];
	char shown[NETRANGE_TEXT];
	struct text words;

	if (call->required.ignored_count == IGNORED)
		return err_set(e, "--ignore-client is given more than %d "
		    "times: name ranges", IGNORED);
	if (!netrange_from(slice_of(text), range))
		return err_set(e, "--ignore-client is an address or a range "
		    "such as 192.0.2.0/24");
	call->required.ignored_count++;
	text_init(&words, call->ignored_words, sizeof(call->ignored_words));
	for (size_t i = 0; i < call->required.ignored_count; i++)
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
		call->required.clean = (int64_t)(ms / 1000);
		return 0;
	case 'm':
		if (slice_int(slice_of(optarg), 0, 1000000000,
		    &call->required.messages))
			return 0;
		return err_set(e, "--min-messages is a number");
	case 'i':
		return stage_take_client(call, optarg, e);
	case 'u':
		call->change.ignored_unverified = true;
		call->required.ignore_unverified = true;
		return 0;
	case 'f':
		call->change.force = true;
		return 0;
	case 'e':
		call->end = true;
		return 0;
	}
	return 0;
}

static void
stage_print_list(json_t *list, FILE *out)
{
	const json_t *stage;
	size_t i;

	json_array_foreach(list, i, stage)
		rule_stage_print(stage, out);
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
		call->rules.now - (int64_t)RULE_STAGE_OVERDUE_DAYS * DAY,
		&e);

	logwalk_close(&log);
	if (ages == NULL)
		command_not_known(call->invocation, "how long rules have been "
		    "in log-only", &e);
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
			s = rule_stage_of(&call->rules, p->rules[h]);
			json_array_append_new(list, rule_stage_json(&s));
		}
	}
	return list;
}

static enum exit_status
stage_list(struct stage_call *call)
{
	struct log_only_age *ages = stage_read_ages(call);

	call->rules.ages = ages;
	command_answer(call->invocation, stage_list_json(call), JSONTEXT_LINE,
	    stage_print_list);
	call->rules.ages = NULL;
	log_only_age_free(&ages);
	return call->state->health == STATE_DAMAGED ? STATUS_FINDINGS
	    : STATUS_GOOD;
}

static void
stage_print_refusal(const struct stage_call *call, const json_t *o)
{
	FILE *err = call->invocation->err;

	fprintf(err, "enforcetls: not done: %s\n", jsontext_at(o, "error").p);
	clean_record_print(&call->required, o, err);
	fputs("  --ignore-client ADDRESS leaves a client out, "
	    "--ignore-unverified those that never\n  passed, --force needs no "
	    "evidence; all are recorded\n", err);
}

/* Whether the log allows the rule a stricter stage; reports why not. */
static enum exit_status
stage_check_evidence(const struct stage_call *call, const struct rule *rule)
{
	int64_t since = call->required.now - call->required.clean;
	struct stage_evidence evidence;
	json_t *refusal;
	struct err e;

	assert(call->required.messages >= 0);
	if (rule->hop == HOP_OUTBOUND) {
		fputs("enforcetls: not done: the decision log has no evidence "
		    "of outbound hops: use --force\n", call->invocation->err);
		return STATUS_FINDINGS;
	}
	if (clean_record_read(&call->required, rule, since, &evidence,
		&e) < 0)
		return command_failed(call->invocation, &e);
	if (clean_record_is_safe(&call->required, &evidence, since))
		return STATUS_GOOD;
	refusal = clean_record_json(&call->required, &evidence);
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
	if (clean_record_read(&call->required, rule,
		call->required.now - call->required.clean, &evidence,
		&e) == 0)
		return clean_record_json(&call->required, &evidence);
	command_failed(call->invocation, &e);
	return NULL;
}

static void
stage_show_rule(const struct stage_call *call, const struct rule *rule,
    json_t *list)
{
	struct rule_stage s = rule_stage_of(&call->rules, rule);
	json_t *o = rule_stage_json(&s), *evidence = stage_look(call, rule);
	FILE *out = call->invocation->out;
	const char *missing;

	if (!call->invocation->json) {
		rule_stage_print(o, out);
		missing = jsontext_at(evidence, "error").p;
		if (evidence == NULL)
			fputs("  the decision log has no evidence of it\n",
			    out);
		else {
			clean_record_print(&call->required, evidence, out);
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
	json_t *list;
	enum hop only = HOP_COUNT;
	struct slice known_as;
	struct named_partner named;
	struct err e = { .text = "" };
	size_t found = 0;

	if (argc > 1)
		hop_from(slice_of(argv[1]), &only);
	if (named_partner_find(call->policy, slice_of(argv[0]), &named,
		&e) < 0)
		return command_failed(call->invocation, &e);
	list = json_array();
	for (unsigned h = 0; h < HOP_COUNT; h++) {
		const struct rule *rule = only != HOP_COUNT && h != only ? NULL
		    : change_rule(call->policy, named.name, (enum hop)h,
			&known_as, &e);

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

/* before is how the rule was that the change is about. */
static enum exit_status
stage_apply(const struct stage_call *call, const struct rule_stage *before)
{
	const struct change *c = &call->change;
	char says[300], shown[80];
	struct text t;

	slice_show(c->partner, shown, sizeof(shown));
	text_init(&t, says, sizeof(says));
	text_add(&t, "%s %s is at %s now", shown, hop_name(c->hop),
	    stage_name(c->stage));
	if (before->stage != c->stage)
		text_add(&t, "; it was at %s", stage_name(before->stage));
	if (before->effect.kept != NULL)
		text_add(&t, "; what the row demanded before acts no longer");
	text_end(&t);
	return apply_change_in_force(call->invocation, call->policy, c, says);
}

/* argv is a partner, a hop and a stage. */
static enum exit_status
stage_set(struct stage_call *call, char **argv)
{
	struct change *c = &call->change;
	const struct rule *rule;
	struct slice known_as;
	struct named_partner named;
	struct rule_stage now;
	struct err e;

	if (named_partner_find(call->policy, slice_of(argv[0]), &named,
		&e) < 0)
		return command_failed(call->invocation, &e);
	c->kind = CHANGE_STAGE;
	c->partner = named.name;
	hop_from(slice_of(argv[1]), &c->hop);
	stage_from(slice_of(argv[2]), &c->stage);
	rule = change_rule(call->policy, c->partner, c->hop, &known_as, &e);
	if (rule == NULL) {
		fprintf(call->invocation->err, "enforcetls: not done: %s\n",
		    e.text);
		return STATUS_FINDINGS;
	}
	assert(rule->hop == c->hop);
	now = rule_stage_of(&call->rules, rule);
	/* One that the hop cannot have is refused with the change. */
	if (stage_is_for(c->stage, c->hop) && stage_climbs(&now, c->stage) &&
	    !c->force) {
		enum exit_status status = stage_check_evidence(call, rule);

		if (status != STATUS_GOOD)
			return status;
	}
	if (call->policy->settings.stages_from == STAGES_FROM_FILE &&
	    stage_is_for(c->stage, c->hop) && c->stage != now.stage)
		return stage_show_line(call, rule);
	return stage_apply(call, &now);
}

/* argv is a partner and a hop, which the policy does not have. */
static enum exit_status
stage_end(struct stage_call *call, char **argv)
{
	struct change *c = &call->change;
	char says[200], shown[80];

	c->kind = CHANGE_END_STAGE;
	c->partner = slice_of(argv[0]);
	hop_from(slice_of(argv[1]), &c->hop);
	slice_show(c->partner, shown, sizeof(shown));
	snprintf(says, sizeof(says), "no stage is set for %s %s any more",
	    shown, hop_name(c->hop));
	return apply_change_in_force(call->invocation, call->policy, c, says);
}

/* Whether the options go with so many arguments; reports it if not. */
static bool
stage_has_options(const struct stage_call *call, int count)
{
	const struct invocation *invocation = call->invocation;

	if (call->end && count == 2)
		return command_has_options(invocation, "--end", "er", "");
	return command_has_options(invocation, count == 3
	    ? "to set a stage, it" : "without a stage, it",
	    count == 3 ? "r" : "", count == 3 ? "cmiuf"
	    : count == 0 ? "" : "cmiu");
}

/* Whether the arguments go together; reports it if not. */
static bool
stage_is_well_formed(const struct stage_call *call)
{
	const struct invocation *invocation = call->invocation;
	char **words = invocation->words;
	int count = invocation->word_count;
	enum stage stage;
	enum hop hop;

	if (count > 3)
		command_misused(invocation, "takes a partner, a hop and a "
		    "stage; a partner, or it and a hop, to show them; or no "
		    "argument to list the stages");
	else if (count > 1 && !hop_from(slice_of(words[1]), &hop))
		command_misused(invocation, "HOP is inbound, entry, earlier or "
		    "outbound");
	else if (count > 2 && !stage_from(slice_of(words[2]), &stage))
		command_misused(invocation, "STAGE is log-only, tag, hold, "
		    "defer or reject");
	else
		return stage_has_options(call, count);
	return false;
}

/* Once policy and state are read. */
static void
stage_begin(struct stage_call *call)
{
	int64_t now = state_now(call->state, time(NULL));

	call->rules = (struct rule_stages){ .policy = call->policy,
		.state = call->state, .now = now };
	call->required.policy = call->policy;
	call->required.now = now;
	call->required.ignored = call->ignored;
}

enum exit_status
cmd_stage(struct invocation *invocation)
{
	struct stage_call call = { .invocation = invocation,
		.required = { .clean = 14 * (int64_t)DAY, .messages = 100 } };
	enum exit_status status;

	if (!command_read(invocation, options, stage_take_option, &call,
		&status))
		return status;
	if (!stage_is_well_formed(&call))
		return STATUS_FAILED;
	call.policy = command_policy_in_force(invocation);
	if (call.policy == NULL)
		return STATUS_FAILED;
	call.state = apply_change_read_state(invocation, call.policy);
	status = STATUS_FAILED;
	if (call.state != NULL) {
		stage_begin(&call);
		status = call.end ? stage_end(&call, invocation->words)
		    : invocation->word_count == 0 ? stage_list(&call)
		    : invocation->word_count < 3 ? stage_show(&call,
			invocation->word_count, invocation->words)
		    : stage_set(&call, invocation->words);
	}
	state_destroy(&call.state);
	policy_destroy(&call.policy);
	return status;
}
