/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/judge/judge.h"
#include "policy/judge/earlier.h"
#include "policy/judge/exempt.h"
#include "policy/outbound/outbound.h"
#include "policy/staging.h"

/* What is gathered while one recipient is judged. */
struct judging {
	const struct policy *policy;
	const struct request *request;
	struct arena *arena;
	struct ruling *ruling;
	size_t room;                    /* of ruling->list */
	struct destinations to;
	struct destinations from;
	struct rcpt_context at;
	const struct evidence *session; /* made when first needed */
	const struct evidence *proof;   /* of the hop that brought the mail;
	                                 * NULL: the session itself */
	const struct earlier *earlier;  /* at the end of the message only */
};

static const struct finding pass = { VERDICT_PASS, REASON_OK };
static const struct finding unknown = { VERDICT_UNDECIDED,
	REASON_EVIDENCE_MISSING };

/* What the MTA's macros prove of this session. */
static const struct evidence *
judge_session_proof(struct judging *j)
{
	const struct request *request = j->request;
	struct evidence *e;

	if (request->measured != NULL)
		return request->measured;
	if (j->session != NULL)
		return j->session;
	e = arena_alloc(j->arena, sizeof(*e));
	if (j->ruling->listener == LISTENER_PROXIED)
		evidence_from_proxy(&request->macros, request->mta, e);
	else
		evidence_from_macros(&request->macros, request->mta,
		    j->arena, e);
	j->session = e;
	return e;
}

static struct decision *
judge_new_decision(struct judging *j)
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

/* Stages a finding that is already in d, and keeps the strictest action. */
static void
judge_stage_decision(struct judging *j, struct decision *d)
{
	const struct settings *settings = &j->policy->settings;
	struct action_limits c = {
		.mode = settings->mode,
		.exempt = d->exempt,
		.excepted = d->exception.p != NULL,
		.can_hold = j->request->can_hold,
		.can_tag = j->request->can_tag,
	};

	if (request_is_bounce(j->request))
		c.cap = settings->null_sender_cap;
	d->planned = staging_plan(d->finding.verdict, d->stage);
	d->applied = staging_apply(d->planned, &c);
}

/* The exception alive for a row and hop, or NULL. */
static const struct exception *
judge_exception_for(const struct judging *j, const struct decision *d)
{
	if (d->finding.verdict == VERDICT_PASS)
		return NULL;
	return policy_exception(j->policy, d->rule, d->partner,
	    d->destination, j->request->now);
}

/* How one hop's demand is judged: the rule's and an exception's alike. */
typedef struct finding decide_fn(const struct judging *j,
    const struct demand *demand, const struct decision *d);

/* Judges an exception's floor as what it is: a second demand. */
static void
judge_exception(const struct judging *j, struct decision *d, decide_fn *decide)
{
	const struct exception *x = judge_exception_for(j, d);
	struct demand floor;

	if (x == NULL)
		return;
	floor = exception_demand(x);
	if (decide(j, &floor, d).verdict == VERDICT_PASS)
		d->exception = x->id;
}

/* Judges the rule, then a living exception, then says what is done. */
static void
judge_and_stage(struct judging *j, struct decision *d, decide_fn *decide)
{
	d->finding = decide(j, &d->rule->demand, d);
	if (d->rule->watch != NULL)
		d->watch = decide(j, d->rule->watch, d);
	judge_exception(j, d, decide);
	judge_stage_decision(j, d);
}

/* The name a row is known by: its partner's, or, where a table line names
 * only a profile, its own key. */
static struct slice
judge_row_name(const struct row *row)
{
	return row->partner->name.p != NULL ? row->partner->name : row->key;
}

/* A decision with all that follows from the row it rests on. */
static struct decision *
judge_decision_of(struct judging *j, enum hop hop, const struct row *row)
{
	const struct rule *rule = row->partner->rules[hop];
	struct decision *d = judge_new_decision(j);

	d->hop = hop;
	d->rule = rule;
	d->stage = overlay_stage(j->policy->overlay, rule);
	d->destination = row->key;
	d->partner = judge_row_name(row);
	d->place = row->partner->name.p != NULL
	    ? rule->place : table_place(j->policy->table, row);
	return d;
}

/*
 * The hop that brought the mail. A demand on the sender that no {mail_addr}
 * came for cannot have passed: what was typed is not what the MTA made of it.
 */
static struct finding
judge_decide_arrival(const struct judging *j, const struct demand *demand,
    const struct decision *d)
{
	struct finding finding = verdict_decide(demand, d->proof);

	if (d->hop == HOP_INBOUND && finding.verdict == VERDICT_PASS &&
	    !macros_has(&j->request->macros, MACRO_MAIL_ADDR))
		return unknown;
	return finding;
}

static void
judge_arrival(struct judging *j, enum hop hop, const struct row *row)
{
	struct decision *d = judge_decision_of(j, hop, row);

	d->proof = j->proof != NULL ? j->proof : judge_session_proof(j);
	d->exempt = exempt_of(&j->at, d->rule);
	judge_and_stage(j, d, judge_decide_arrival);
}

/* Nothing can be known: only a demand that asks nothing passes. */
static struct finding
judge_decide_blind(const struct judging *j ATTR_UNUSED,
    const struct demand *demand, const struct decision *d ATTR_UNUSED)
{
	static const struct evidence nothing;

	return verdict_decide(demand, &nothing);
}

/* Who wrote what the rule rests on is known at the end of the message, or, of
 * an MTA that sends this session no header, never. */
static void
judge_by_header(struct judging *j, enum hop hop, const struct row *row)
{
	struct decision *d;

	j->ruling->wants_headers = true;
	if (j->request->sends_headers)
		return;
	d = judge_decision_of(j, hop, row);
	if (hop != HOP_OUTBOUND)
		d->exempt = exempt_of(&j->at, d->rule);
	judge_and_stage(j, d, judge_decide_blind);
}

/* Whether d says for row too what its rule makes of this recipient: not when
 * an exception, which may be for one key only, made it. */
static bool
judge_holds_for(const struct decision *d, enum hop hop, const struct row *row)
{
	return d->hop == hop && d->rule == row->partner->rules[hop] &&
	    slice_eq(d->partner, judge_row_name(row)) &&
	    (d->exception.p == NULL || slice_eq(d->destination, row->key));
}

static bool
judge_was_judged(const struct ruling *ruling, enum hop hop,
    const struct row *row)
{
	for (size_t i = 0; i < ruling->count; i++)
		if (judge_holds_for(&ruling->list[i], hop, row))
			return true;
	return false;
}

typedef void judge_fn(struct judging *j, enum hop hop, const struct row *row);

static void
judge_names(struct judging *j, enum hop hop, const struct destinations *names,
    judge_fn *judge)
{
	if (!table_has_hop(j->policy->table, hop))
		return;
	for (size_t i = 0; i < names->count; i++) {
		const struct destination *name = &names->list[i];
		struct row rows[TABLE_ROWS];
		/* "Everything else" is about addresses; their route is. */
		size_t count = policy_rows(j->policy, hop, name->kind,
		    name->text, !name->route, rows);

		for (size_t k = 0; k < count; k++)
			if (!judge_was_judged(j->ruling, hop, &rows[k]))
				judge(j, hop, &rows[k]);
	}
}

/* Mail for this host, whichever of the served domains the sender left out. */
static void
judge_bare(struct judging *j, judge_fn *judge)
{
	const struct words *served = &j->policy->settings.served_domains;
	struct destinations names;

	if (!j->to.bare || !table_has_hop(j->policy->table, HOP_ENTRY))
		return;
	for (size_t i = 0; i < served->count; i++) {
		if (served->list[i].p[0] == '.')
			continue;
		destinations_at(j->request, served->list[i], j->arena,
		    &names);
		judge_names(j, HOP_ENTRY, &names, judge);
	}
	if (served->count == 0) {
		destinations_at(j->request, SLICE_NONE, j->arena, &names);
		judge_names(j, HOP_ENTRY, &names, judge);
	}
}

/* Records that it cannot be told which rule would have asked. */
static void
judge_unknown(struct judging *j, enum hop hop, struct finding finding,
    enum stage stage)
{
	struct decision *d = judge_new_decision(j);

	d->hop = hop;
	d->finding = finding;
	d->stage = stage;
	d->exempt = exempt_of(&j->at, NULL);
	judge_stage_decision(j, d);
}

/* A transport that hands mail to this host itself, or to nobody. */
static bool
judge_is_local_mailer(struct slice mailer)
{
	static const char *const names[] = { "local", "virtual", "discard",
		"error", "prog", "*file*", "*include*" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (slice_eq(slice_of(names[i]), mailer))
			return true;
	return false;
}

/*
 * Whether the map holds every next hop of the route to the demand. A part of
 * the route that is no host is no next hop of SMTP (a pipe, an LMTP socket).
 */
static struct finding
judge_decide_route(const struct judging *j, const struct demand *demand,
    const struct decision *d)
{
	const struct macros *m = &j->request->macros;
	struct slice rest = macros_get(m, MACRO_RCPT_HOST), hop;
	struct rule rule = *d->rule;

	rule.demand = *demand;
	if (demand->level == LEVEL_NONE || rest.n == 0 ||
	    judge_is_local_mailer(macros_get(m, MACRO_RCPT_MAILER)))
		return pass;
	while (destination_next_hop(j->request, &rest, &hop)) {
		struct outbound_key key;

		outbound_key_read(hop, &key);
		if (key.host.kind != KEY_NONE &&
		    !outbound_covers(j->policy, &rule, &key, j->request->now))
			return (struct finding){ VERDICT_FAIL,
				REASON_ROUTE_UNCOVERED };
	}
	return pass;
}

/* Whether the message may ask the MTA to leave our map out: from 3.10 Postfix
 * obeys the header, unless REQUIRETLS was given (FACTS 67, 68). */
static bool
judge_heeds_tls_required_no(const struct judging *j)
{
	const struct settings *settings = &j->policy->settings;

	return settings->postfix_version >= POSTFIX_TLS_REQUIRED &&
	    settings->tls_required_no == TLS_REQUIRED_NO_ENFORCE &&
	    !j->request->requiretls;
}

/* Of the hop out only what is already broken is known here: a route that the
 * MTA's TLS client will ask about under a key that no row covers. */
static void
judge_departure(struct judging *j, enum hop hop, const struct row *row)
{
	const struct rule *rule = row->partner->rules[hop];
	struct decision broken = { .rule = rule };

	if (judge_decide_route(j, &rule->demand, &broken).verdict !=
	    VERDICT_PASS)
		judge_and_stage(j, judge_decision_of(j, hop, row),
		    judge_decide_route);
	else if (rule->demand.level != LEVEL_NONE &&
	    judge_heeds_tls_required_no(j))
		judge_by_header(j, hop, row);
}

/* The header asks for the map to be left out: no demand stands that. */
static struct finding
judge_decide_without_map(const struct judging *j ATTR_UNUSED,
    const struct demand *demand, const struct decision *d ATTR_UNUSED)
{
	if (demand->level == LEVEL_NONE)
		return pass;
	return (struct finding){ VERDICT_FAIL, REASON_TLS_REQUIRED_NO };
}

static void
judge_without_map(struct judging *j, enum hop hop, const struct row *row)
{
	if (row->partner->rules[hop]->demand.level != LEVEL_NONE)
		judge_and_stage(j, judge_decision_of(j, hop, row),
		    judge_decide_without_map);
}

/* With scope "all" mail that no rule asks about is on record too. */
static void
judge_record_unasked(struct judging *j)
{
	struct decision *d = judge_new_decision(j);

	d->hop = HOP_ENTRY;
	if (j->to.count > 0)
		d->destination = j->to.list[0].text;
	d->proof = judge_session_proof(j);
	d->finding = (struct finding){ VERDICT_PASS, REASON_NO_RULE };
	d->exempt = exempt_of(&j->at, NULL);
	d->stage = STAGE_LOG_ONLY;
	d->planned = d->applied = ACTION_PASS;
}

static bool
judge_asks_of_recipients(const struct table *table)
{
	return table_has_hop(table, HOP_ENTRY) ||
	    table_has_hop(table, HOP_EARLIER) ||
	    table_has_hop(table, HOP_OUTBOUND);
}

static void
judge_find_strictest(struct ruling *ruling)
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
judge_write_reply(struct judging *j)
{
	const struct decision *d = j->ruling->speaks;
	struct reply_words words = {
		.partner = d->partner,
		.reference = j->request->ref,
		.help_url = j->policy->settings.help_url,
	};

	if (d->rule != NULL)
		words.sentence = d->rule->reply;
	reply_make(d->applied, d->finding.reason, &words, &j->ruling->reply);
	j->ruling->applied = j->ruling->reply.action;
}

static void
judge_begin(struct judging *j)
{
	const struct settings *settings = &j->policy->settings;
	struct ruling *ruling = j->ruling;

	*ruling = (struct ruling){ .applied = ACTION_PASS };
	ruling->listener = request_listener(j->request, settings);
	ruling->at_end = request_is_not_smtp(j->request);
	destinations_of_recipient(j->request, settings, j->arena, &j->to);
	if (table_has_hop(j->policy->table, HOP_INBOUND))
		destinations_of_sender(j->request, j->arena, &j->from);
	rcpt_context_of(j->request, settings, ruling->listener,
	    j->to.postmaster, &j->at);
}

static void
judge_finish(struct judging *j)
{
	judge_find_strictest(j->ruling);
	if (j->ruling->applied >= ACTION_DEFER)
		judge_write_reply(j);
}

/* Whether the session's client hands on what one of our relays received:
 * then that relay's own field is judged, not this session. */
static bool
judge_is_relayed(const struct judging *j)
{
	return j->at.relay != NULL && !j->at.relay->judged;
}

void
judge_recipient(const struct policy *policy, const struct request *request,
    struct arena *a, struct ruling *out)
{
	struct judging j = { .policy = policy, .request = request,
		.arena = a, .ruling = out };
	const struct table *table = policy->table;
	judge_fn *arrival;

	judge_begin(&j);
	arrival = judge_is_relayed(&j) ? judge_by_header : judge_arrival;
	if (j.from.unknown && table_has_hop(table, HOP_INBOUND))
		judge_unknown(&j, HOP_INBOUND, unknown, STAGE_DEFER);
	if (j.to.unknown && judge_asks_of_recipients(table))
		judge_unknown(&j, HOP_ENTRY, (struct finding){
			VERDICT_FAIL, REASON_DESTINATION_UNKNOWN },
		    STAGE_REJECT);
	/* What could not be read of a route may be a partner's next hop. */
	if (j.to.cut && judge_asks_of_recipients(table))
		judge_unknown(&j, HOP_ENTRY, unknown, STAGE_DEFER);
	judge_names(&j, HOP_INBOUND, &j.from, arrival);
	judge_names(&j, HOP_ENTRY, &j.to, arrival);
	judge_bare(&j, arrival);
	judge_names(&j, HOP_OUTBOUND, &j.to, judge_departure);
	/* No relay of ours, no transfer between our relays; but who did not
	 * say its address may be one. */
	if (j.at.relay != NULL || j.at.client.family == 0)
		judge_names(&j, HOP_EARLIER, &j.to, judge_by_header);
	if (out->count == 0 && !out->wants_headers &&
	    (policy->settings.scope == SCOPE_ALL || policy->candidate != NULL))
		judge_record_unasked(&j);
	judge_finish(&j);
}

static struct finding
judge_decide_earlier(const struct judging *j, const struct demand *demand,
    const struct decision *d ATTR_UNUSED)
{
	return earlier_decide(demand, j->earlier, NULL);
}

static void
judge_earlier(struct judging *j, enum hop hop, const struct row *row)
{
	struct decision *d = judge_decision_of(j, hop, row);

	earlier_decide(&d->rule->demand, j->earlier, &d->proof);
	judge_and_stage(j, d, judge_decide_earlier);
}

void
judge_at_end(const struct policy *policy,
    const struct request *request, const struct message_header *header,
    struct arena *a, struct ruling *out)
{
	struct earlier earlier;
	struct judging j = { .policy = policy, .request = request,
		.arena = a, .ruling = out, .earlier = &earlier };

	judge_begin(&j);
	out->at_end = true;
	earlier_read(&policy->settings, judge_session_proof(&j),
	    header->received, header->received_count, a, &earlier);
	if (judge_is_relayed(&j)) {
		j.proof = earlier.edge;
		judge_names(&j, HOP_INBOUND, &j.from, judge_arrival);
		judge_names(&j, HOP_ENTRY, &j.to, judge_arrival);
		judge_bare(&j, judge_arrival);
	}
	if (earlier.relayed != PROOF_ABSENT)
		judge_names(&j, HOP_EARLIER, &j.to, judge_earlier);
	if (header->tls_required_no && judge_heeds_tls_required_no(&j))
		judge_names(&j, HOP_OUTBOUND, &j.to, judge_without_map);
	judge_finish(&j);
}
