/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/recipient.h"

/* What is gathered while one recipient is judged. */
struct judging {
	const struct policy *policy;
	const struct attempt *attempt;
	struct arena *arena;
	struct ruling *ruling;
	size_t room;                    /* of ruling->list */
	struct destinations to;
	struct destinations from;
	struct evidence *proof;         /* made when first needed */
	struct netaddr client;
	const struct relay *relay;      /* the client is one of ours */
};

static bool
acts_below_defer(const struct rule *rule)
{
	return rule->stage == STAGE_LOG_ONLY || rule->stage == STAGE_TAG ||
	    rule->stage == STAGE_HOLD;
}

static size_t
rows_of(const struct table *table, const struct destination *name,
    struct row rows[TABLE_ROWS])
{
	size_t count = 0;

	switch (name->kind) {
	case KEY_DOMAIN:
		return table_domain(table, name->text, rows);
	case KEY_LITERAL:
		count += table_exact(table, name->text, &rows[count]);
		count += table_exact(table, SLICE("*"), &rows[count]);
		return count;
	case KEY_NEXTHOP:
	case KEY_ADDRESS:
		return table_exact(table, name->text, &rows[0]);
	case KEY_NONE:
	case KEY_SUFFIX:
	case KEY_ANY:
		break;
	}
	return 0;
}

size_t
recipient_rows(const struct table *table, enum hop hop,
    const struct destination *name, struct row rows[TABLE_ROWS])
{
	size_t found = rows_of(table, name, rows), count = 0;

	for (size_t i = 0; i < found; i++) {
		const struct rule *rule = rows[i].partner->rules[hop];

		if (rule == NULL || (rows[i].hops & 1u << hop) == 0)
			continue;
		/* "Everything else" is about addresses; their route is. */
		if (name->route && slice_eq(rows[i].key, SLICE("*")))
			continue;
		rows[count++] = rows[i];
		/* A rule being rolled out shadows nothing. */
		if (!acts_below_defer(rule))
			break;
	}
	return count;
}

static const struct evidence *
proof_of(struct judging *j)
{
	const struct attempt *attempt = j->attempt;

	if (j->proof != NULL)
		return j->proof;
	j->proof = arena_alloc(j->arena, sizeof(*j->proof));
	if (j->ruling->listener == LISTENER_PROXIED)
		evidence_from_proxy(&attempt->macros, attempt->dialect,
		    j->proof);
	else
		evidence_from_macros(&attempt->macros, attempt->dialect,
		    j->arena, j->proof);
	return j->proof;
}

static struct decision *
new_decision(struct judging *j)
{
	struct ruling *ruling = j->ruling;

	if (ruling->count == j->room) {
		size_t room = j->room == 0 ? 4 : j->room * 2;
		struct decision *list = arena_array(j->arena, room,
		    sizeof(*list));

		if (ruling->count > 0)
			memcpy(list, ruling->list,
			    ruling->count * sizeof(*list));
		ruling->list = list;
		j->room = room;
	}
	return &ruling->list[ruling->count++];
}

static bool
is_reinjected(const struct judging *j)
{
	const struct settings *settings = &j->policy->settings;
	struct netaddr listener;

	if (j->ruling->listener != LISTENER_REINJECT)
		return false;
	if (!netaddr_from(macros_get(&j->attempt->macros, MACRO_DAEMON_ADDR),
	    &listener))
		return false;
	return (netaddr_is_loopback(&j->client) ||
	    settings_is_local(settings, &j->client)) &&
	    (netaddr_is_loopback(&listener) ||
	    settings_is_local(settings, &listener));
}

/* Whether the rule names clients, and this one is none of them. */
static bool
is_elsewhere(const struct rule *rule, const struct netaddr *client)
{
	bool names_clients = false;

	for (size_t i = 0; i < rule->demand.peer_count; i++) {
		const struct peer_group *group = &rule->demand.peers[i];

		if (group->client_count == 0)
			continue;
		names_clients = true;
		if (netrange_any(group->clients, group->client_count, client))
			return false;
	}
	return names_clients && client->family != 0;
}

/* Why a rule on the session that brought the mail may not act. */
static enum exempt
exemption(const struct judging *j, const struct rule *rule)
{
	const struct settings *settings = &j->policy->settings;

	if (j->to.postmaster)
		return EXEMPT_POSTMASTER;
	if (settings->local_submission == SUBMISSION_EXEMPT &&
	    attempt_is_submission(j->attempt))
		return EXEMPT_SUBMISSION;
	if (is_reinjected(j))
		return EXEMPT_REINJECT;
	if (settings_is_local(settings, &j->client))
		return EXEMPT_LOCAL_CLIENT;
	if (j->relay != NULL && j->relay->judged)
		return EXEMPT_JUDGED_RELAY;
	if (rule != NULL && rule->elsewhere_logs &&
	    is_elsewhere(rule, &j->client))
		return EXEMPT_ELSEWHERE;
	return EXEMPT_NONE;
}

/* Stages a finding that is already in d, and keeps the strictest action. */
static void
stage_decision(struct judging *j, struct decision *d)
{
	const struct settings *settings = &j->policy->settings;
	struct circumstances c = {
		.mode = settings->mode,
		.exempt = d->exempt,
		.can_hold = j->attempt->can_hold,
		.can_tag = j->attempt->can_tag,
	};

	if (attempt_is_bounce(j->attempt))
		c.cap = settings->null_sender_cap;
	d->planned = staging_plan(d->finding.verdict, d->stage);
	d->applied = staging_apply(d->planned, &c);
}

/* A demand on the sender that no {mail_addr} came for cannot have passed:
 * what was typed is not what the MTA made of it. */
static struct finding
without_sender(const struct judging *j, enum hop hop, struct finding finding)
{
	if (hop == HOP_INBOUND && finding.verdict == VERDICT_PASS &&
	    !macros_has(&j->attempt->macros, MACRO_MAIL_ADDR))
		return (struct finding){ VERDICT_UNDECIDED,
			REASON_EVIDENCE_MISSING };
	return finding;
}

static void
judge_row(struct judging *j, enum hop hop, const struct row *row)
{
	const struct rule *rule = row->partner->rules[hop];
	struct decision *d = new_decision(j);

	d->hop = hop;
	d->rule = rule;
	d->partner = row->partner->name.p != NULL ? row->partner->name
						  : row->key;
	d->destination = row->key;
	d->place = row->partner->name.p != NULL
	    ? rule->place : table_place(j->policy->table, row);
	d->proof = proof_of(j);
	d->finding = without_sender(j, hop,
	    verdict_decide(&rule->demand, d->proof));
	if (rule->watch != NULL)
		d->watch = verdict_decide(rule->watch, d->proof);
	d->stage = rule->stage;
	d->exempt = exemption(j, rule);
	stage_decision(j, d);
}

static bool
was_judged(const struct ruling *ruling, enum hop hop, const struct row *row)
{
	for (size_t i = 0; i < ruling->count; i++)
		if (ruling->list[i].hop == hop &&
		    ruling->list[i].rule == row->partner->rules[hop])
			return true;
	return false;
}

static void
judge_names(struct judging *j, enum hop hop, const struct destinations *names)
{
	for (size_t i = 0; i < names->count; i++) {
		struct row rows[TABLE_ROWS];
		size_t count = recipient_rows(j->policy->table, hop,
		    &names->list[i], rows);

		for (size_t k = 0; k < count; k++)
			if (!was_judged(j->ruling, hop, &rows[k]))
				judge_row(j, hop, &rows[k]);
	}
}

/* Records that it cannot be told which rule would have asked. */
static void
judge_unknown(struct judging *j, enum hop hop, enum verdict verdict,
    enum reason reason, enum stage stage)
{
	struct decision *d = new_decision(j);

	d->hop = hop;
	d->finding = (struct finding){ verdict, reason };
	d->stage = stage;
	d->exempt = exemption(j, NULL);
	stage_decision(j, d);
}

/* With scope "all" mail that no rule asks about is on record too. */
static void
record_unasked(struct judging *j)
{
	struct decision *d = new_decision(j);

	d->hop = HOP_ENTRY;
	if (j->to.count > 0)
		d->destination = j->to.list[0].text;
	d->proof = proof_of(j);
	d->finding = (struct finding){ VERDICT_PASS, REASON_NO_RULE };
	d->stage = STAGE_LOG_ONLY;
	d->planned = d->applied = ACTION_PASS;
}

static bool
asks_of_recipients(const struct table *table)
{
	return table_has_hop(table, HOP_ENTRY) ||
	    table_has_hop(table, HOP_EARLIER) ||
	    table_has_hop(table, HOP_OUTBOUND);
}

static void
find_strictest(struct ruling *ruling)
{
	ruling->applied = ACTION_PASS;
	ruling->speaks = NULL;
	for (size_t i = 0; i < ruling->count; i++)
		if (ruling->list[i].applied > ruling->applied) {
			ruling->applied = ruling->list[i].applied;
			ruling->speaks = &ruling->list[i];
		}
}

static void
write_reply(struct judging *j)
{
	const struct decision *d = j->ruling->speaks;
	struct reply_words words = {
		.partner = d->partner,
		.reference = j->attempt->ref,
		.help_url = j->policy->settings.help_url,
	};

	if (d->rule != NULL)
		words.sentence = d->rule->reply;
	reply_make(d->applied, d->finding.reason, &words, &j->ruling->reply);
	j->ruling->applied = j->ruling->reply.action;
}

static void
judge_session(struct judging *j)
{
	const struct table *table = j->policy->table;

	if (j->from.unknown && table_has_hop(table, HOP_INBOUND))
		judge_unknown(j, HOP_INBOUND, VERDICT_UNDECIDED,
		    REASON_EVIDENCE_MISSING, STAGE_DEFER);
	if (j->to.unknown && asks_of_recipients(table))
		judge_unknown(j, HOP_ENTRY, VERDICT_FAIL,
		    REASON_DESTINATION_UNKNOWN, STAGE_REJECT);
	judge_names(j, HOP_INBOUND, &j->from);
	judge_names(j, HOP_ENTRY, &j->to);
}

void
recipient_decide(const struct policy *policy, const struct attempt *attempt,
    struct arena *a, struct ruling *out)
{
	struct judging j = {
		.policy = policy,
		.attempt = attempt,
		.arena = a,
		.ruling = out,
		.client = attempt_client(attempt),
	};

	*out = (struct ruling){ .applied = ACTION_PASS };
	out->listener = attempt_listener(attempt, &policy->settings);
	out->at_end = attempt_is_not_smtp(attempt);
	j.relay = settings_relay(&policy->settings, &j.client);
	destinations_of_recipient(attempt, &policy->settings, a, &j.to);
	destinations_of_sender(attempt, a, &j.from);
	judge_session(&j);
	if (out->count == 0 && policy->settings.scope == SCOPE_ALL)
		record_unasked(&j);
	find_strictest(out);
	if (out->applied >= ACTION_DEFER)
		write_reply(&j);
}
