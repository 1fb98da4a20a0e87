/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/judge/judge.h"
#include "policy/evidence/dialect.h"
#include "policy/judge/judge_rows.h"
#include "policy/judge/norule.h"
#include "policy/judge/route.h"
#include "policy/judge/session_proof.h"

static const struct finding pass = { VERDICT_PASS, REASON_OK };
static const struct finding unknown = { VERDICT_UNDECIDED,
	REASON_EVIDENCE_MISSING };
static const struct finding unreadable = { VERDICT_UNDECIDED,
	REASON_NAME_UNREADABLE };

/* The evidence of this session, from the MTA's macros. */
static const struct evidence *
judge_session_proof(struct judge *j)
{
	struct ruling *ruling = j->ruling;

	if (j->request->measured != NULL)
		return j->request->measured;
	if (ruling->session == NULL)
		ruling->session = session_proof_of(j->request,
		    ruling->listener, j->arena);
	return &ruling->session->evidence;
}

/*
 * The hop that brought the mail. Without {mail_addr} no demand on the sender
 * passes: the MTA may have made another address of the one that was typed.
 */
static struct finding
judge_decide_arrival(const struct judge *j, const struct demand *demand,
    const struct decision *d)
{
	struct finding finding = verdict_decide(demand, d->proof);

	if (d->hop == HOP_INBOUND && finding.verdict == VERDICT_PASS &&
	    !macros_has(&j->request->macros, MACRO_MAIL_ADDR))
		return unknown;
	return finding;
}

static void
judge_arrival(struct judge *j, enum hop hop, const struct row *row,
    const struct term *term)
{
	struct decision *d = judge_decision_of(j, hop, row, term);

	d->proof = j->proof != NULL ? j->proof : judge_session_proof(j);
	d->exempt = exempt_of(&j->context, d->rule, d->demand);
	judge_and_stage(j, d, judge_decide_arrival);
}

/* What may not be the service is not refused for good. A login without
 * encryption has a reason of its own. */
static struct finding
judge_decide_service(const struct judge *j, const struct demand *demand,
    const struct decision *d)
{
	struct finding finding = verdict_decide(demand, d->proof);

	if (finding.verdict == VERDICT_FAIL && !j->found.sure)
		return unknown;
	if (finding.reason == REASON_PLAINTEXT && d->proof->login_in_clear)
		finding.reason = REASON_LOGIN_IN_CLEAR;
	return finding;
}

static void
judge_service(struct judge *j, enum hop hop, const struct row *row,
    const struct term *term)
{
	struct decision *d = judge_decision_of(j, hop, row, term);

	d->found_by = j->found.by;
	d->proof = judge_session_proof(j);
	d->exempt = j->context.session;
	judge_and_stage(j, d, judge_decide_service);
}

/* The rows that who connects finds. They are about this session, whoever's mail
 * it brings. */
static void
judge_services(struct judge *j)
{
	const struct policy *policy = j->policy;
	const struct listener *listener;

	if (policy->service_count == 0)
		return;
	listener = request_listener_row(j->request, &policy->settings);
	for (size_t i = 0; i < policy->service_count; i++) {
		const struct service *service = &policy->services[i];
		struct row row = { .partner = service->partner,
			.key = service->key };

		if (finder_finds(service, j->request, listener,
			judge_session_proof(j), &j->found))
			judge_row(j, HOP_INBOUND, &row, judge_service);
	}
}

/* A login without encryption is recorded whatever the rules say. */
static void
judge_login(struct judge *j)
{
	const struct evidence *proof = judge_session_proof(j);
	struct decision *d;

	if (!proof->login_in_clear)
		return;
	for (size_t i = 0; i < j->ruling->count; i++)
		if (j->ruling->list[i].finding.reason == REASON_LOGIN_IN_CLEAR)
			return;
	d = judge_new_decision(j);
	d->hop = HOP_INBOUND;
	d->proof = proof;
	d->finding = (struct finding){ VERDICT_FAIL, REASON_LOGIN_IN_CLEAR };
	d->exempt = j->context.session;
	d->stage = STAGE_LOG_ONLY;
	d->planned = d->applied = ACTION_PASS;
}

/* Without evidence only a demand of level none passes. */
static struct finding
judge_decide_without_evidence(const struct judge *j ATTR_UNUSED,
    const struct demand *demand, const struct decision *d ATTR_UNUSED)
{
	static const struct evidence nothing;

	return verdict_decide(demand, &nothing);
}

/* The rule rests on the header: it is judged at the end of the message or,
 * where the MTA sends no header or may send no end, without evidence. */
static void
judge_by_header(struct judge *j, enum hop hop, const struct row *row,
    const struct term *term)
{
	struct decision *d;

	j->ruling->wants_headers = true;
	if (j->request->sends_headers && j->request->can_wait)
		return;
	d = judge_decision_of(j, hop, row, term);
	if (hop == HOP_INBOUND || hop == HOP_ENTRY)
		d->exempt = exempt_of(&j->context, d->rule, d->demand);
	judge_and_stage(j, d, judge_decide_without_evidence);
}

/* The rules of the sender and those of the recipient's entry. */
static void
judge_arrivals(struct judge *j, judge_fn *judge)
{
	judge_names(j, HOP_INBOUND, &j->from, judge);
	if (j->from.bare)
		judge_bare(j, HOP_INBOUND, j->request->sender.p != NULL
			? j->request->sender
			: macros_get(&j->request->macros, MACRO_MAIL_ADDR),
		    judge);
	judge_names(j, HOP_ENTRY, &j->to, judge);
	if (j->to.bare)
		judge_bare(j, HOP_ENTRY, j->request->recipient, judge);
}

/* Adds a decision without a rule: which rule applies is not known. */
static void
judge_without_rule(struct judge *j, enum hop hop, struct finding finding,
    enum stage stage)
{
	struct decision *d = judge_new_decision(j);

	d->hop = hop;
	d->finding = finding;
	d->stage = stage;
	d->exempt = exempt_of(&j->context, NULL, NULL);
	judge_stage_decision(j, d);
}

static struct finding
judge_decide_route(const struct judge *j, const struct demand *demand,
    const struct decision *d)
{
	return route_decide(j->policy, j->request, d->rule, d->destination,
	    demand);
}

/* Whether the MTA is one that ignores our map for some messages, by the policy
 * file or by what it shows itself. A record does not have what it showed. */
static bool
judge_map_may_be_skipped(const struct judge *j)
{
	const struct request *request = j->request;
	const struct dialect *dialect = dialect_of(request->mta);

	return j->policy->settings.postfix_version >= POSTFIX_TLS_REQUIRED ||
	    (request->measured == NULL && dialect->may_skip_map != NULL &&
		dialect->may_skip_map(&request->macros));
}

/* Whether the MTA would ignore our map for a message with TLS-Required: no:
 * Postfix does, unless REQUIRETLS was given (FACTS 67, 68). */
static bool
judge_obeys_tls_required_no(const struct judge *j)
{
	return j->policy->settings.tls_required_no ==
	    TLS_REQUIRED_NO_ENFORCE &&
	    !j->request->requiretls && judge_map_may_be_skipped(j);
}

/* The hop out comes later; at RCPT only a broken route shows: one that the
 * MTA's TLS client looks up under a key that no row covers. */
static void
judge_departure(struct judge *j, enum hop hop, const struct row *row,
    const struct term *term)
{
	struct decision broken = { .rule = row->partner->rules[hop],
		.destination = row->key };

	if (judge_decide_route(j, term->demand, &broken).verdict !=
	    VERDICT_PASS)
		judge_and_stage(j, judge_decision_of(j, hop, row, term),
		    judge_decide_route);
	else if (term->demand->level != LEVEL_NONE &&
	    judge_obeys_tls_required_no(j))
		judge_by_header(j, hop, row, term);
}

/* The MTA ignores the map, so no demand is met. */
static struct finding
judge_decide_without_map(const struct judge *j ATTR_UNUSED,
    const struct demand *demand, const struct decision *d ATTR_UNUSED)
{
	if (demand->level == LEVEL_NONE)
		return pass;
	return (struct finding){ VERDICT_FAIL, REASON_TLS_REQUIRED_NO };
}

static void
judge_without_map(struct judge *j, enum hop hop, const struct row *row,
    const struct term *term)
{
	if (term->demand->level != LEVEL_NONE)
		judge_and_stage(j, judge_decision_of(j, hop, row, term),
		    judge_decide_without_map);
}

/* No rule of a name decided. With scope "all" mail that no rule at all decided
 * about is recorded too. */
static void
judge_uncovered(struct judge *j)
{
	struct finding finding = norule_why(j->policy, &j->from, &j->to);
	struct decision *d;

	if (finding.verdict != VERDICT_PASS) {
		judge_without_rule(j, HOP_ENTRY, finding, STAGE_DEFER);
		return;
	}
	if (j->ruling->count > 0)
		return;
	if (settings_scope(&j->policy->settings, j->request->now) !=
	    SCOPE_ALL &&
	    j->policy->candidate == NULL)
		return;
	d = judge_new_decision(j);
	d->hop = HOP_ENTRY;
	if (j->to.count > 0)
		d->destination = j->to.list[0].text;
	d->proof = judge_session_proof(j);
	d->finding = finding;
	d->exempt = exempt_of(&j->context, NULL, NULL);
	d->stage = STAGE_LOG_ONLY;
	d->planned = d->applied = ACTION_PASS;
}

static void
judge_find_strictest(struct ruling *ruling)
{
	ruling->applied = ACTION_PASS;
	ruling->strictest = NULL;
	for (size_t i = 0; i < ruling->count; i++)
		if (ruling->list[i].applied > ruling->applied) {
			ruling->applied = ruling->list[i].applied;
			ruling->strictest = &ruling->list[i];
		}
}

static void
judge_write_reply(struct judge *j)
{
	const struct decision *d = j->ruling->strictest;
	struct reply *reply = arena_alloc(j->arena, sizeof(*reply));
	struct reply_words words = {
		.reference = j->request->ref,
		.help_url = j->policy->settings.help_url,
	};

	if (j->policy->settings.reply_names_partner)
		words.partner = d->partner;
	if (d->rule != NULL)
		words.sentence = d->rule->reply;
	reply_make(d->applied, d->finding.reason, &words, reply);
	j->ruling->reply = reply;
	j->ruling->applied = reply->action;
}

static void
judge_begin(struct judge *j)
{
	const struct settings *settings = &j->policy->settings;
	struct ruling *ruling = j->ruling;

	*ruling = (struct ruling){ .applied = ACTION_PASS };
	ruling->listener = request_listener(j->request, settings);
	ruling->at_end = request_is_not_smtp(j->request);
	destinations_of_recipient(j->request, settings, j->arena, &j->to);
	if (table_has_hop(j->policy->table, HOP_INBOUND))
		destinations_of_sender(j->request, settings, j->arena,
		    &j->from);
	rcpt_context_of(j->request, settings, ruling->listener,
	    j->to.postmaster, &j->context);
}

static void
judge_finish(struct judge *j)
{
	judge_keep_decisions(j);
	judge_find_strictest(j->ruling);
	assert((j->ruling->strictest != NULL) ==
	    (j->ruling->applied > ACTION_PASS));
	if (j->ruling->applied >= ACTION_DEFER)
		judge_write_reply(j);
}

/* Whether the client is an own relay that does not judge itself: then the
 * field it wrote about its client is judged, not this session. */
static bool
judge_is_relayed(const struct judge *j)
{
	return j->context.relay != NULL && !j->context.relay->judged;
}

/* Whether mail may have crossed earlier hops: only an own relay brings such. A
 * client whose address is unknown may be one, but for a process of this host,
 * as with `sendmail -bs` on a pipe. */
static bool
judge_may_be_relayed(const struct judge *j)
{
	return j->context.relay != NULL || (j->context.client.family == 0 &&
		!request_is_submission(j->request));
}

/* A name that is not known may be one that a rule is about: mail that such a
 * rule would refuse never passes for that. */
static void
judge_unknown_names(struct judge *j)
{
	const struct table *table = j->policy->table;

	if (table_has_hop(table, HOP_INBOUND)) {
		if (j->from.unknown)
			judge_without_rule(j, HOP_INBOUND, unknown,
			    STAGE_DEFER);
		if ((j->from.unreadable || j->from.cut) &&
		    table_names_hop(table, HOP_INBOUND))
			judge_without_rule(j, HOP_INBOUND, unreadable,
			    STAGE_DEFER);
		if (j->from.bare && j->policy->below_served_cut)
			judge_without_rule(j, HOP_INBOUND, unknown,
			    STAGE_DEFER);
	}
	if (!table_has_recipient_hop(table))
		return;
	if (j->to.unknown)
		judge_without_rule(j, HOP_ENTRY, (struct finding){
			VERDICT_FAIL, REASON_DESTINATION_UNKNOWN },
		    STAGE_REJECT);
	else if (j->to.unreadable && table_names_recipient_hop(table))
		judge_without_rule(j, HOP_ENTRY, unreadable, STAGE_DEFER);
	/* The rest of a route that was cut may be a partner's next hop. */
	if (j->to.cut || (j->to.bare && j->policy->below_served_cut))
		judge_without_rule(j, HOP_ENTRY, unknown, STAGE_DEFER);
}

void
judge_recipient(const struct policy *policy, const struct request *request,
    struct arena *a, struct ruling *out)
{
	struct judge j = { .policy = policy, .request = request,
		.arena = a, .ruling = out };
	judge_fn *arrival;
	size_t of_session;

	assert(policy->table != NULL && a != NULL);
	judge_begin(&j);
	arrival = judge_is_relayed(&j) ? judge_by_header : judge_arrival;
	judge_services(&j);
	judge_login(&j);
	of_session = out->count;
	judge_unknown_names(&j);
	judge_arrivals(&j, arrival);
	judge_names(&j, HOP_OUTBOUND, &j.to, judge_departure);
	if (judge_may_be_relayed(&j))
		judge_names(&j, HOP_EARLIER, &j.to, judge_by_header);
	if (out->count == of_session && !out->wants_headers)
		judge_uncovered(&j);
	judge_finish(&j);
}

static struct finding
judge_decide_earlier(const struct judge *j, const struct demand *demand,
    const struct decision *d ATTR_UNUSED)
{
	return earlier_decide(demand, j->earlier, NULL);
}

static void
judge_earlier(struct judge *j, enum hop hop, const struct row *row,
    const struct term *term)
{
	struct decision *d = judge_decision_of(j, hop, row, term);

	earlier_decide(d->demand, j->earlier, &d->proof);
	judge_and_stage(j, d, judge_decide_earlier);
}

void
judge_at_end(const struct policy *policy,
    const struct request *request, struct header_evidence *header,
    struct arena *a, struct ruling *out)
{
	struct earlier earlier;
	struct judge j = { .policy = policy, .request = request,
		.arena = a, .ruling = out, .earlier = &earlier };

	judge_begin(&j);
	out->at_end = true;
	earlier_read(&policy->settings, judge_session_proof(&j),
	    &header->received, a, &earlier);
	assert(earlier.edge != NULL);
	if (judge_is_relayed(&j)) {
		j.proof = earlier.edge;
		judge_arrivals(&j, judge_arrival);
	}
	if (judge_may_be_relayed(&j))
		judge_names(&j, HOP_EARLIER, &j.to, judge_earlier);
	if (header->tls_required_no && judge_obeys_tls_required_no(&j))
		judge_names(&j, HOP_OUTBOUND, &j.to, judge_without_map);
	judge_finish(&j);
}
