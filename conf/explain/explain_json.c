/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "conf/explain/explain_json.h"
#include "conf/explain/outbound_told.h"
#include "conf/show/print_json.h"
#include "policy/evidence/dialect.h"
#include "policy/explain/remedy_words.h"
#include "policy/staging.h"

enum { SHOWN = 256, DEMAND = 512 };

static const char *
explain_shown(struct arena *a, struct slice text)
{
	char out[SHOWN];

	slice_show(text, out, sizeof(out));
	return arena_string(a, slice_of(out));
}

/* The name of a file may hold any octets: jansson refuses what is not UTF-8,
 * and the decision around it with it. */
static json_t *
explain_place(struct place at)
{
	char out[SHOWN];

	return jsontext_exact(slice_of(show_place(at, out, sizeof(out))));
}

static const char *
explain_demand(struct arena *a, const struct demand *asked)
{
	char out[DEMAND];

	demand_show(asked, out, sizeof(out));
	return arena_string(a, slice_of(out));
}

static const char *
explain_reply_text(const struct explained *x, const struct ruling *ruling)
{
	const struct reply *reply = ruling->reply;
	const char *before = "";

	if (ruling->applied < ACTION_DEFER)
		return NULL;
	if (dialect_of(x->request->mta)->repeats_recipient)
		before = arena_printf(x->arena, "%s... ",
		    explain_shown(x->arena, x->request->recipient));
	return arena_printf(x->arena, "%s %s %s%s", reply->code,
	    reply->enhanced, before, reply->text);
}

static bool
explain_is_assumed(const struct explained *x, unsigned macro)
{
	return x->assumed != NULL && x->assumed[macro];
}

static struct slice
explain_sender(const struct explained *x)
{
	if (x->request->sender.p != NULL)
		return x->request->sender;
	return macros_get(&x->request->macros, MACRO_MAIL_ADDR);
}

static bool
explain_is_recorded(const struct explained *x)
{
	assert((x->when == NULL) == (x->asked == NULL));
	return x->when != NULL;
}

/* A macro that is not in the record, or that has another member here. */
static bool
explain_leaves_out(const struct explained *x, enum macro which)
{
	return explain_is_recorded(x) && (which == MACRO_MTA_VERSION ||
	    which == MACRO_QUEUE_ID || which == MACRO_DAEMON_ADDR);
}

/* The demand of decision d in words; NULL when it is not known. */
static const char *
explain_demand_of(const struct explained *x, const struct decision *d)
{
	size_t i = (size_t)(d - x->ruling.list);

	assert(i < x->ruling.count);
	if (explain_is_recorded(x))
		return x->asked[i];
	return d->rule == NULL ? NULL
			       : explain_demand(x->arena, d->demand);
}

/* The smallest change that would make it pass; NULL when it passes, or when
 * the recorded rule is not known any more. */
static const char *
explain_remedy(const struct explained *x, const struct decision *d)
{
	if (explain_is_recorded(x) && d->rule == NULL && d->partner.p != NULL)
		return NULL;
	return remedy_of(x->policy, x->request, d, x->arena);
}

/* A text from outside; for people it is cut. */
static json_t *
explain_text_json(const struct explained *x, struct slice text)
{
	if (text.p == NULL || !x->for_people)
		return jsontext_shown(text);
	return json_string(explain_shown(x->arena, text));
}

static json_t *
explain_macros_json(const struct explained *x, bool assumed)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		struct slice value = x->request->macros.value[i];

		if (value.p != NULL && explain_is_assumed(x, i) == assumed &&
		    !explain_leaves_out(x, (enum macro)i))
			json_object_set_new(o, macro_name((enum macro)i),
			    explain_text_json(x, value));
	}
	return o;
}

static json_t *
explain_names_json(const struct explained *x)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->name_count; i++) {
		const struct explained_name *n = &x->names[i];
		json_t *o = json_object(), *rows = json_array();

		for (size_t k = 0; k < n->count; k++) {
			json_t *row = json_object();

			json_object_set_new(row, "key",
			    explain_text_json(x, n->rows[k].key));
			json_object_set_new(row, "partner",
			    explain_text_json(x, n->rows[k].partner->name));
			json_object_set_new(row, "line",
			    explain_place(table_place(x->policy->table,
				&n->rows[k])));
			json_array_append_new(rows, row);
		}
		json_object_set_new(o, "hop", json_string(hop_name(n->hop)));
		json_object_set_new(o, "kind",
		    json_string(key_kind_name(n->name.kind)));
		json_object_set_new(o, "name",
		    explain_text_json(x, n->name.text));
		json_object_set_new(o, "route", json_boolean(n->name.route));
		json_object_set_new(o, "rows", rows);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
explain_steps_json(const struct explained *x, const struct decision *d)
{
	struct explained_step steps[CHECK_COUNT];
	json_t *list = json_array();
	size_t n = 0;

	if (d->rule != NULL && d->proof != NULL)
		n = explanation_steps(d->demand, d->proof, x->arena,
		    steps);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:s}",
		    "check", check_name(steps[i].check),
		    "verdict", verdict_name(steps[i].finding.verdict),
		    "reason", reason_name(steps[i].finding.reason),
		    "came", steps[i].found, "wanted", steps[i].wanted));
	return list;
}

static json_t *
explain_proof_json(enum proof proof)
{
	return proof == PROOF_UNKNOWN ? json_null()
	    : json_boolean(proof == PROOF_PRESENT);
}

static json_t *
explain_fact_json(const struct explained *x, const struct fact *fact)
{
	return fact->proof == PROOF_PRESENT
	    ? explain_text_json(x, fact->text)
	    : explain_proof_json(fact->proof);
}

/* The name with which it logged in without TLS, or by a proxy's word. */
static json_t *
explain_claimed_json(const struct explained *x, const struct evidence *e)
{
	return e->login.proof != PROOF_PRESENT &&
		e->claimed_login.proof == PROOF_PRESENT
	    ? explain_text_json(x, e->claimed_login.text) : json_null();
}

static json_t *
explain_seen_json(const struct explained *x, const struct evidence *e)
{
	if (e == NULL)
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s}",
	    "tls",
	    e->version_text.p != NULL ? explain_text_json(x, e->version_text)
				      : explain_proof_json(e->tls),
	    "cipher", explain_text_json(x, e->cipher), "bits",
	    e->bits > 0 ? json_integer(e->bits) : json_null(), "verified",
	    explain_proof_json(e->verified), "peer",
	    explain_fact_json(x, &e->peer), "subject",
	    explain_fact_json(x, &e->subject), "issuer",
	    explain_fact_json(x, &e->issuer), "fingerprint",
	    explain_fact_json(x, &e->fingerprint), "login",
	    explain_fact_json(x, &e->login), "claimed_login",
	    explain_claimed_json(x, e), "source", evidence_source(e));
}

/* The members of a decision that only explain_print() needs. */
static void
explain_add_for_people(const struct explained *x, const struct decision *d,
    json_t *o)
{
	const struct rule *rule = d->rule;

	json_object_set_new(o, "rule_is_known", json_boolean(rule != NULL));
	if (rule == NULL)
		return;
	if (rule->watch != NULL) {
		json_object_set_new(o, "watch_reason",
		    json_string(reason_name(d->watch.reason)));
		json_object_set_new(o, "watch_need",
		    json_string(explain_demand(x->arena, rule->watch)));
	}
	if (rule->partner != NULL)
		json_object_set_new(o, "provider",
		    jsontext_exact(rule->partner->provider));
}

/* The pause under which it was made, if there was one. */
static void
explain_add_pause(const struct explained *x, const struct decision *d,
    json_t *o)
{
	const struct pause *pause;

	if (explain_is_recorded(x)) {
		if (x->paused[d - x->ruling.list] != NULL)
			json_object_set_new(o, "pause", json_string(
			    x->paused[d - x->ruling.list]));
		return;
	}
	pause = policy_pause(x->policy, d->hop, x->request->now);
	if (pause != NULL)
		json_object_set_new(o, "pause", jsontext_shown(pause->id));
}

/* Why its certificate was not verified. */
static void
explain_add_cause(const struct explained *x, const struct decision *d,
    json_t *o)
{
	const struct explained_cause *c;

	if (!explain_is_recorded(x) ||
	    x->causes[d - x->ruling.list] == NULL)
		return;
	c = x->causes[d - x->ruling.list];
	json_object_set_new(o, "cause", json_pack("{s:s,s:s,s:s,s:s?,s:s?,"
	    "s:s?}",
	    "name", tls_cause_name(c->cause),
	    "text", tls_cause_text(c->cause),
	    "advice", tls_cause_advice(c->cause, c->mta),
	    "unknown_because", c->doubt,
	    "said", c->said, "where", c->where));
}

static json_t *
explain_decision_json(const struct explained *x, const struct decision *d)
{
	const char *change = explain_remedy(x, d);
	bool watched = d->rule != NULL && d->rule->watch != NULL;
	json_t *o;

	o = json_pack("{s:s,s:o,s:o,s:o,s:s?,s:o,s:s,s:s,s:s,s:s,s:s,s:s?,"
	    "s:o,s:s?,s:s?,s:o,s:s?}",
	    "hop", hop_name(d->hop),
	    "partner", explain_text_json(x, d->partner),
	    "destination", explain_text_json(x, d->destination),
	    "rule", explain_place(d->place),
	    "need", explain_demand_of(x, d),
	    "checks", explain_steps_json(x, d),
	    "verdict", verdict_name(d->finding.verdict),
	    "reason", reason_name(d->finding.reason),
	    "stage", stage_name(d->stage),
	    "planned", action_name(d->planned),
	    "applied", action_name(d->applied),
	    "exempt", exempt_name(d->exempt),
	    "exception", explain_text_json(x, d->exception),
	    "watch", watched ? verdict_name(d->watch.verdict) : NULL,
	    "to_pass", change,
	    "seen", explain_seen_json(x, d->proof),
	    "found_by", found_by_name(d->found_by));
	explain_add_pause(x, d, o);
	explain_add_cause(x, d, o);
	if (x->for_people)
		explain_add_for_people(x, d, o);
	return o;
}

/* The members of a recorded session. */
static void
explain_add_record(const struct explained *x, json_t *o)
{
	json_t *more = json_pack("{s:s,s:s,s:s?,s:s,s:s?,s:s?,s:s?,s:s?}",
	    "when", x->when, "ref", x->ref, "queue_id", x->queue_id,
	    "outcome", x->outcome, "told", x->reply, "note", x->note,
	    "hint", x->hint, "policy", x->judged_under);

	assert(more != NULL);
	json_object_update(o, more);
	json_decref(more);
}

static void
explain_add_session_for_people(const struct explained *x, json_t *o)
{
	const char *from = "";

	if (x->mta_assumed)
		from = settings_recognise_mta(&x->policy->settings)
		    ? " (assumed)" : " (of the policy file)";
	json_object_set_new(o, "mta_from", json_string(from));
	json_object_set_new(o, "at_end_in_enforce",
	    json_boolean(x->enforced.at_end));
}

json_t *
explain_json(const struct explained *x)
{
	const struct ruling *ruling = &x->ruling;
	json_t *decisions = json_array(), *o;
	bool recorded = explain_is_recorded(x);

	for (size_t i = 0; i < ruling->count; i++)
		json_array_append_new(decisions,
		    explain_decision_json(x, &ruling->list[i]));
	o = json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:s,s:s?,"
	    "s:s?,s:s?,s:b,s:b}",
	    "policy", x->policy->digest,
	    "mta", x->mta,
	    "mode", mode_name(x->mode),
	    "sender", explain_text_json(x, explain_sender(x)),
	    "recipient", explain_text_json(x, x->request->recipient),
	    "given", explain_macros_json(x, false),
	    "assumed", explain_macros_json(x, true),
	    "listener", listener_kind_name(ruling->listener),
	    "names", explain_names_json(x),
	    "decisions", decisions,
	    "applied", action_name(ruling->applied),
	    "reply", recorded ? x->reply : explain_reply_text(x, ruling),
	    "applied_in_enforce", recorded ? NULL
	    : action_name(x->enforced.applied),
	    "reply_in_enforce", recorded ? NULL
	    : explain_reply_text(x, &x->enforced),
	    "at_end", ruling->at_end,
	    "wants_headers", ruling->wants_headers);
	/* Sendmail asks in other words. */
	if (x->request->mta != MTA_SENDMAIL)
		json_object_set_new(o, "outbound", outbound_told_json(
		    x->policy, x->request, x->now));
	if (recorded)
		explain_add_record(x, o);
	if (x->for_people)
		explain_add_session_for_people(x, o);
	return o;
}
