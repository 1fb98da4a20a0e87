/* SPDX-License-Identifier: BSD-2-Clause */
/* whatif - judge the recorded mail again under another policy */
#include "config.h"

#include <assert.h>
#include <jansson.h>
#include <time.h>

#include "conf/base/amount.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"
#include "conf/tool/command.h"
#include "policy/audit/whatif.h"
#include "policy/reason.h"
#include "policy/staging.h"

struct whatif_call {
	struct invocation *invocation;
	const char *policy_path;
	bool enforce;                   /* judge as in mode "enforce" */
	enum stage stage;               /* every rule's; UNSET: its own */
	const char *basedir;            /* NULL: the policy's own folder */
	int64_t since;                  /* seconds since 1970; 0: all */
	const char *younger;            /* --since, as given; NULL: not */
};

/* clang-format off */
static const struct command_option options[] = {
	{ "policy", "FILE", 'p', "the other policy" },
	{ "since", "30d", 's', "only mail of the last so many days" },
	{ "enforce", NULL, 'e', "judge it as in mode enforce" },
	{ "stage", "STAGE", 'S', "as if every rule had this stage" },
	{ "basedir", "FOLDER", 'b', "where the files that it names are" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
whatif_take_option(void *data, int option, struct err *e)
{
	struct whatif_call *call = data;
	uint64_t ms;

	switch (option) {
	case 'p':
		call->policy_path = optarg;
		break;
	case 's':
		if (amount_duration(slice_of(optarg), &ms, e) < 0)
			return -1;
		call->since = time(NULL) - (int64_t)(ms / 1000);
		call->younger = optarg;
		break;
	case 'e':
		call->enforce = true;
		break;
	case 'b':
		call->basedir = optarg;
		break;
	case 'S':
		if (!stage_from(slice_of(optarg), &call->stage))
			return err_set(e, "--stage is log-only, tag, hold, "
			    "defer or reject");
		break;
	}
	return 0;
}

/* Takes walk. NULL: it could not be opened, and e is filled. */
static int
whatif_read_walk(const struct whatif_call *call, struct logwalk *walk,
    struct whatif *whatif, struct err *e)
{
	int result;

	if (walk == NULL)
		return -1;
	result = whatif_read(whatif, logwalk_lines(walk), call->since, e);
	logwalk_close(&walk);
	return result;
}

/* Reads the logs that were named; or that of the configuration, with its
 * rotated files. */
static int
whatif_read_logs(const struct whatif_call *call, struct whatif *whatif,
    struct err *e)
{
	const struct invocation *invocation = call->invocation;
	struct policy *configured;
	int result;

	for (int i = 0; i < invocation->word_count; i++)
		if (whatif_read_walk(call,
			logwalk_open_file(invocation->words[i], call->since,
			    e), whatif, e) < 0)
			return -1;
	if (invocation->word_count > 0)
		return 0;
	configured = command_policy(call->invocation, invocation->config);
	if (configured == NULL)
		return err_set(e, "name a log, or the configuration that names "
		    "it: -c FILE");
	result = whatif_read_walk(call,
	    logwalk_open(configured->settings.decisions, call->since, e),
	    whatif, e);
	policy_destroy(&configured);
	return result;
}

/* A pause is no part of the policy. */
static void
whatif_print_pauses(const struct policy *policy, FILE *err)
{
	int64_t now = time(NULL);

	for (unsigned h = 0; h < HOP_COUNT; h++)
		if (policy_pause(policy, (enum hop)h, now) != NULL)
			fprintf(err, "enforcetls: note: %s is paused now; all "
			    "is judged as without the pause\n",
			    hop_name((enum hop)h));
}

/* What the counts do not cover. */
static void
whatif_print_notes(const struct whatif_call *call, const struct policy *policy,
    const struct whatif_totals *t)
{
	FILE *err = call->invocation->err;

	if (t->unasked == 0)
		fputs("enforcetls: note: mail outside all rules is not "
		    "recorded, so the effect of a new partner's row on it is "
		    "not known; set log.scope = \"all\" for some days first\n",
		    err);
	if (t->skipped > 0)
		fprintf(err, "enforcetls: note: lines that are not decisions, "
		    "skipped: %llu\n",
		    (unsigned long long)t->skipped);
	whatif_print_pauses(policy, err);
	if (policy->settings.mode == MODE_LOG_ONLY)
		fprintf(err, "enforcetls: note: %s has mode = \"log-only\", "
		    "which refuses nothing; --enforce judges as in mode "
		    "enforce\n",
		    call->policy_path);
}

static bool
whatif_differs(const struct whatif_row *row)
{
	return row->newly_refused > 0 || row->newly_passed > 0 ||
	    row->cannot_tell > 0 || row->paused > 0;
}

/* A list of objects, each a name under key and its count. */
static json_t *
whatif_top_json(const char *key, const struct tally_top *top, size_t count)
{
	json_t *list = json_array();

	assert(count <= WHATIF_TOP);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_pack("{s:s,s:I}", key,
			top[i].name, "count", (json_int_t)top[i].count));
	return list;
}

static void
whatif_add_row(const struct whatif_row *row, void *data)
{
	json_t *rows = data, *reasons;

	if (row->judged == 0 && !whatif_differs(row))
		return;
	reasons = json_object();
	for (unsigned i = 0; i < REASON_COUNT; i++)
		if (row->by_reason[i] > 0)
			json_object_set_new(reasons,
			    reason_name((enum reason)i),
			    json_integer((json_int_t)row->by_reason[i]));
	json_array_append_new(rows, json_pack(
		"{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:o}",
		"partner", row->partner, "hop", hop_name(row->hop),
		"judged", (json_int_t)row->judged,
		"newly_refused", (json_int_t)row->newly_refused,
		"newly_passed", (json_int_t)row->newly_passed,
		"cannot_tell", (json_int_t)row->cannot_tell,
		"paused", (json_int_t)row->paused,
		"without_effect", (json_int_t)row->idle,
		"reasons", reasons,
		"senders", whatif_top_json("sender", row->senders,
		    row->sender_count),
		"clients", whatif_top_json("client_addr", row->clients,
		    row->client_count),
		"clients_without_effect", whatif_top_json("client_addr",
		    row->idle_clients, row->idle_client_count)));
}

static json_t *
whatif_json(struct whatif *whatif, const struct whatif_totals *t)
{
	json_t *rows = json_array();

	whatif_each(whatif, whatif_add_row, rows);
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}",
	    "recipients", (json_int_t)t->recipients,
	    "newly_refused", (json_int_t)t->newly_refused,
	    "newly_passed", (json_int_t)t->newly_passed,
	    "cannot_tell", (json_int_t)t->cannot_tell,
	    "paused", (json_int_t)t->paused,
	    "without_effect", (json_int_t)t->idle,
	    "unasked", (json_int_t)t->unasked,
	    "skipped", (json_int_t)t->skipped, "rows", rows);
}

static void
whatif_print_counts(const json_t *o, const char *what, FILE *out)
{
	fprintf(out, "%s %lld, newly refused %lld, newly passed %lld, cannot "
	    "tell %lld\n", what, (long long)jsontext_number(o, what),
	    (long long)jsontext_number(o, "newly_refused"),
	    (long long)jsontext_number(o, "newly_passed"),
	    (long long)jsontext_number(o, "cannot_tell"));
}

/* A line for each name of a list. */
static void
whatif_print_top(const json_t *row, const char *list, const char *key,
    const char *before, FILE *out)
{
	const json_t *value;
	size_t i;

	json_array_foreach(json_object_get(row, list), i, value)
		fprintf(out, "    %s %s %lld\n", before,
		    jsontext_at(value, key).p,
		    (long long)jsontext_number(value, "count"));
}

/* Nothing where no pause let mail pass. */
static void
whatif_print_paused(const json_t *o, const char *before, FILE *out)
{
	if (jsontext_number(o, "paused") > 0)
		fprintf(out, "%slet pass by a pause, and not counted as newly "
		    "refused: %lld\n", before,
		    (long long)jsontext_number(o, "paused"));
}

static void
whatif_print_row(const json_t *row, FILE *out)
{
	json_t *reasons = json_object_get(row, "reasons"), *value;
	const char *reason;

	fprintf(out, "%-20s %-9s ", jsontext_at(row, "partner").p,
	    jsontext_at(row, "hop").p);
	whatif_print_counts(row, "judged", out);
	json_object_foreach(reasons, reason, value)
		fprintf(out, "    %s %lld\n", reason,
		    (long long)json_integer_value(value));
	whatif_print_top(row, "senders", "sender", "from", out);
	whatif_print_top(row, "clients", "client_addr", "by client", out);
	whatif_print_paused(row, "    ", out);
	if (jsontext_number(row, "without_effect") > 0)
		fprintf(out, "    failed, and the rule does not act yet: "
		    "%lld\n",
		    (long long)jsontext_number(row, "without_effect"));
	whatif_print_top(row, "clients_without_effect", "client_addr",
	    "  by client", out);
}

static void
whatif_print(json_t *o, FILE *out)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(o, "rows"), i, row)
		whatif_print_row(row, out);
	whatif_print_counts(o, "recipients", out);
	whatif_print_paused(o, "", out);
	fprintf(out, "failed a rule that does not act yet: %lld\n",
	    (long long)jsontext_number(o, "without_effect"));
}

/* No decision was read. What was not judged is not safe. */
static enum exit_status
whatif_judged_nothing(const struct whatif_call *call, uint64_t skipped)
{
	fprintf(call->invocation->err, "enforcetls: nothing was judged: the "
	    "log has no decision%s%s", call->younger == NULL ? ""
	    : " younger than ", call->younger == NULL ? "" : call->younger);
	if (skipped > 0)
		fprintf(call->invocation->err, "; lines that are not "
		    "decisions: %llu", (unsigned long long)skipped);
	fputc('\n', call->invocation->err);
	return STATUS_FAILED;
}

static enum exit_status
whatif_answer(const struct whatif_call *call, const struct policy *policy,
    struct whatif *whatif)
{
	struct whatif_totals t = whatif_totals(whatif);

	/* Each recipient is counted in one of them at most. */
	assert(t.newly_refused + t.newly_passed + t.cannot_tell + t.paused <=
	    t.recipients);
	if (t.recipients == 0)
		return whatif_judged_nothing(call, t.skipped);
	whatif_print_notes(call, policy, &t);
	command_answer(call->invocation, whatif_json(whatif, &t),
	    JSONTEXT_LINE, whatif_print);
	return t.newly_refused > 0 ? STATUS_FINDINGS : STATUS_GOOD;
}

static enum exit_status
whatif_judge_all(struct whatif_call *call, const struct policy *policy)
{
	struct whatif *whatif = whatif_create(policy);
	enum exit_status status;
	struct err e;

	if (whatif_read_logs(call, whatif, &e) < 0)
		status = command_failed(call->invocation, &e);
	else {
		whatif_end(whatif);
		status = whatif_answer(call, policy, whatif);
	}
	whatif_destroy(&whatif);
	return status;
}

/* Whether the candidate is not in the folder of the policy that is configured.
 * It may have been copied without the files that it includes. */
static bool
whatif_is_elsewhere(const struct whatif_call *call)
{
	struct slice path = slice_of(call->policy_path);
	struct slice configured = slice_of(call->invocation->config);
	size_t n = slice_rfind(path, '/');
	size_t k = slice_rfind(configured, '/');

	return !slice_eq(slice_head(path, n == path.n ? 0 : n),
	    slice_head(configured, k == configured.n ? 0 : k));
}

/* Reads the candidate and prints its problems, warnings as well. */
static struct policy *
whatif_read_policy(const struct whatif_call *call)
{
	struct problems *problems = problems_create();
	struct policy *policy = call->basedir == NULL &&
	    !whatif_is_elsewhere(call)
	    ? policy_read(call->policy_path, problems)
	    : policy_read_copy(call->policy_path, call->basedir, problems);

	problems_print(problems, call->invocation->err);
	problems_destroy(&problems);
	return policy;
}

/* Fills overlay with the same exceptions, and this stage for every rule; for
 * one that cannot have it, the strictest below it that it can have. */
static void
whatif_set_stage(const struct policy *policy, enum stage stage,
    unsigned char *stages, struct overlay *overlay)
{
	size_t rules = table_rules(policy->table);

	if (policy->overlay != NULL)
		*overlay = *policy->overlay;
	for (size_t i = 0; i < table_partners(policy->table); i++) {
		const struct partner *p = table_partner(policy->table,
		    (unsigned)i);

		for (unsigned h = 0; h < HOP_COUNT; h++) {
			enum stage allowed = stage;

			if (p->rules[h] == NULL)
				continue;
			while (!stage_is_for(allowed, (enum hop)h))
				allowed--;
			assert(p->rules[h]->number < rules);
			stages[p->rules[h]->number] = (unsigned char)allowed;
		}
	}
	overlay->stages = stages;
	overlay->stage_count = rules;
}

/* Judges with the stage of --stage in place of every rule's own. */
static enum exit_status
whatif_judge_at_stage(struct whatif_call *call, struct policy *policy)
{
	unsigned char *stages;
	struct overlay overlay = { .exceptions = NULL };
	enum exit_status status;

	if (call->stage == STAGE_UNSET)
		return whatif_judge_all(call, policy);
	stages = xcalloc(table_rules(policy->table) + 1, 1);
	whatif_set_stage(policy, call->stage, stages, &overlay);
	policy->overlay = &overlay;
	status = whatif_judge_all(call, policy);
	free(stages);
	return status;
}

enum exit_status
cmd_whatif(struct invocation *invocation)
{
	struct whatif_call call = { .invocation = invocation };
	struct policy *policy;
	struct state *state;
	enum exit_status status;

	if (!command_read(invocation, options, whatif_take_option, &call,
		&status))
		return status;
	if (call.policy_path == NULL)
		return command_misused(invocation, "the policy is missing: "
		    "--policy FILE");
	policy = whatif_read_policy(&call);
	if (policy == NULL)
		return STATUS_FAILED;
	/* A stage is only one where rules act at all. */
	if (call.enforce || call.stage != STAGE_UNSET)
		policy->settings.mode = MODE_ENFORCE;
	/* The exceptions of today hold under the other policy too. */
	state = command_apply_state(invocation, policy);
	status = whatif_judge_at_stage(&call, policy);
	state_destroy(&state);
	policy_destroy(&policy);
	return status;
}
