/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the macros and the addresses of one RCPT. No client passes
 * without the demanded proof, log-only changes nothing, and the record is one
 * JSON object. The input is lines of "name=value"; "sender" and "recipient" are
 * the addresses as the client sent them. */
#include "config.h"

#include <assert.h>
#include <jansson.h>
#include <stdint.h>

#include "policy/evidence/dialect.h"
#include "policy/judge/judge.h"
#include "policy/judge/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct slice served[] = { { "corp.example", 12 } };

static struct rule *
rule_of(struct arena *a, enum hop hop, enum level level)
{
	struct rule *rule = arena_alloc(a, sizeof(*rule));

	rule->hop = hop;
	rule->demand.level = level;
	rule->demand.any_peer = level == LEVEL_VERIFY;
	rule->stage = STAGE_REJECT;
	rule->place = (struct place){ "fuzz.conf", 1 };
	return rule;
}

/* Every client must encrypt; the partner must also be verified. */
static struct policy *
a_policy(void)
{
	static struct policy policy;
	struct partner *all, *bank;
	struct place first = { NULL, 0 };
	struct arena *a;

	if (policy.table != NULL)
		return &policy;
	policy.settings.local_submission = SUBMISSION_EXEMPT;
	policy.settings.null_sender_cap = ACTION_DEFER;
	policy.settings.postfix_version = 307;
	policy.settings.served_domains = (struct words){ served, 1 };
	policy.table = table_create();
	a = table_arena(policy.table);
	all = arena_alloc(a, sizeof(*all));
	all->name = SLICE("all");
	all->rules[HOP_ENTRY] = rule_of(a, HOP_ENTRY, LEVEL_ENCRYPT);
	bank = arena_alloc(a, sizeof(*bank));
	bank->name = SLICE("bank");
	bank->rules[HOP_INBOUND] = rule_of(a, HOP_INBOUND, LEVEL_VERIFY);
	bank->rules[HOP_ENTRY] = rule_of(a, HOP_ENTRY, LEVEL_VERIFY);
	table_claim(policy.table, SLICE("*"), table_add_partner(policy.table,
		all), TABLE_ALL_HOPS, first, &first);
	table_claim(policy.table, SLICE("bank.example"), table_add_partner(
		policy.table, bank), TABLE_ALL_HOPS, first, &first);
	table_seal(policy.table);
	return &policy;
}

static void
read_attempt(struct slice text, struct request *out)
{
	struct slice line;

	*out = (struct request){ .ref = SLICE("REF"), .can_hold = true,
		.can_tag = true, .can_wait = true };
	while (slice_next(&text, '\n', &line)) {
		size_t at = slice_find(line, '=');
		struct slice name = slice_head(line, at);
		struct slice value = slice_from(line, at + 1);
		enum macro which;

		if (at == line.n)
			continue;
		if (slice_eq(name, SLICE("sender")))
			out->sender = value;
		else if (slice_eq(name, SLICE("recipient")))
			out->recipient = value;
		else if (macro_from(name, &which))
			out->macros.value[which] = value;
	}
	out->mta = dialect_recognise(MTA_UNKNOWN, &out->macros);
}

static struct slice
get(const struct request *request, enum macro which)
{
	return macros_get(&request->macros, which);
}

/* The least proof that a client needs to pass. */
static void
check_pass(const struct request *request, const struct decision *d)
{
	assert(get(request, MACRO_TLS_VERSION).n > 0);
	if (d->rule->demand.level != LEVEL_VERIFY)
		return;
	assert(get(request, MACRO_MTA_VERSION).p != NULL);
	if (request->mta == MTA_POSTFIX)
		assert(get(request, MACRO_CERT_SUBJECT).p != NULL ||
		    get(request, MACRO_CERT_ISSUER).p != NULL);
	else
		assert(slice_eq(get(request, MACRO_VERIFY), SLICE("OK")));
}

static void
check_record(const struct request *request, const struct ruling *ruling,
    const struct decision *d)
{
	struct record record = { .request = request, .decision = d,
		.applied = d->applied, .policy_digest = "0",
		.outcome = OUTCOME_ACCEPTED };
	char line[LIMIT_DECISION + RECORD_CHAIN];
	size_t n;
	json_t *json;

	if (ruling->applied >= ACTION_DEFER)
		record.reply = ruling->reply;
	n = record_json(&record, line, LIMIT_DECISION);
	n += record_chain(NULL, line + n, sizeof(line) - n);
	json = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
	assert(json != NULL);
	json_decref(json);
	assert(record_text(&record, line, LIMIT_DECISION) <
	    LIMIT_DECISION);
	assert(memchr(line, '\n', strlen(line)) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *policy = a_policy();
	struct arena *a = arena_create(4096);
	struct request request;
	struct ruling ruling;

	read_attempt((struct slice){ size == 0 ? "" : (const char *)data,
		size }, &request);
	policy->settings.mode = MODE_ENFORCE;
	judge_recipient(policy, &request, a, &ruling);
	for (size_t i = 0; i < ruling.count; i++) {
		const struct decision *d = &ruling.list[i];

		if (d->rule != NULL && d->finding.verdict == VERDICT_PASS)
			check_pass(&request, d);
		if (d->finding.verdict != VERDICT_PASS &&
		    d->exempt == EXEMPT_NONE)
			assert(ruling.applied >= ACTION_DEFER);
		check_record(&request, &ruling, d);
	}
	policy->settings.mode = MODE_LOG_ONLY;
	judge_recipient(policy, &request, a, &ruling);
	assert(ruling.applied == ACTION_PASS);
	arena_destroy(&a);
	return 0;
}
