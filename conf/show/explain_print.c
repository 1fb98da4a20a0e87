/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <jansson.h>

#include "conf/show/columns.h"
#include "conf/show/explain_print.h"
#include "conf/show/print_json.h"
#include "policy/evidence/dialect.h"
#include "policy/explain/remedy.h"
#include "policy/reason.h"
#include "policy/staging.h"

enum { SHOWN = 256, DEMAND = 512 };

static const char *
explain_shown(struct arena *a, struct slice text)
{
	char out[SHOWN];

	slice_show(text, out, sizeof(out));
	return arena_string(a, slice_of(out));
}

static const char *
explain_place(struct arena *a, struct place at)
{
	char out[SHOWN];

	return arena_string(a, slice_of(print_place(at, out,
	    sizeof(out))));
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
	const struct reply *reply = &ruling->reply;
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
explain_is_on_record(const struct explained *x)
{
	return x->when != NULL;
}

/* A macro that is not on record itself, or is told elsewhere. */
static bool
explain_is_told_elsewhere(const struct explained *x, enum macro which)
{
	return explain_is_on_record(x) && (which == MACRO_MTA_VERSION ||
	    which == MACRO_QUEUE_ID ||
	    which == MACRO_DAEMON_ADDR);
}

/* What decision d asked for, in words; NULL: it cannot be told. */
static const char *
explain_asked_by(const struct explained *x, const struct decision *d)
{
	if (explain_is_on_record(x))
		return x->asked[d - x->ruling.list];
	return d->rule == NULL ? NULL
			       : explain_demand(x->arena, &d->rule->demand);
}

/* The smallest change; NULL when it passes, or nobody can tell any more. */
static const char *
explain_change_for(const struct explained *x, const struct decision *d)
{
	if (explain_is_on_record(x) && d->rule == NULL && d->partner.p != NULL)
		return NULL;
	return remedy_of(x->request, d, x->arena);
}

/* Text */

static void
print_macros(const struct explained *x, bool assumed, const char *label,
    FILE *out)
{
	struct columns columns = { .out = out, .label = label };

	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		enum macro which = (enum macro)i;
		struct slice value = macros_get(&x->request->macros,
		    which);

		if (value.p != NULL && explain_is_assumed(x, i) == assumed &&
		    !explain_is_told_elsewhere(x, which))
			columns_add(&columns, arena_printf(x->arena, "%s=%s",
				macro_name(which),
				explain_shown(x->arena, value)));
	}
	columns_end(&columns);
}

static void
print_session(const struct explained *x, FILE *out)
{
	fputs("session\n", out);
	if (explain_is_on_record(x))
		fprintf(out, "  %-9s %s\n  %-9s %s\n  %-9s %s\n",
		    "when", x->when, "ref", x->ref, "queue id",
		    x->queue_id == NULL ? "none yet" : x->queue_id);
	if (x->note != NULL)
		fprintf(out, "  %-9s %s\n", "note", x->note);
	fprintf(out, "  %-9s %s%s\n", "mta",
	    x->mta, !x->mta_assumed ? "" :
	    settings_recognise_mta(&x->policy->settings) ? " (assumed)" :
	    " (of the policy file)");
	fprintf(out, "  %-9s %s\n", "sender",
	    explain_is_on_record(x) && explain_sender(x).n == 0 ? "<>" :
	    explain_shown(x->arena, explain_sender(x)));
	fprintf(out, "  %-9s %s\n", "recipient",
	    explain_shown(x->arena, x->request->recipient));
	print_macros(x, false, "given", out);
	print_macros(x, true, "assumed", out);
	if (x->ruling.listener != LISTENER_MX)
		fprintf(out, "  %-9s %s\n", "listener",
		    listener_kind_name(x->ruling.listener));
}

static const char *
explain_in_words(enum proof proof)
{
	switch (proof) {
	case PROOF_PRESENT:
		return "yes";
	case PROOF_ABSENT:
		return "no";
	case PROOF_UNKNOWN:
		break;
	}
	return "not known";
}

static void
print_fact(const struct explained *x, const char *what,
    const struct fact *fact, FILE *out)
{
	if (fact->proof == PROOF_PRESENT)
		fprintf(out, "\n            %s \"%s\"", what,
		    explain_shown(x->arena, fact->text));
}

/* What was measured, of a record: the macros it came from are not in it. */
static void
print_seen(const struct explained *x, const struct decision *d, FILE *out)
{
	const struct evidence *e = d->proof;

	if (!explain_is_on_record(x) || e == NULL)
		return;
	fprintf(out, "  %-9s %s", "seen", e->tls != PROOF_PRESENT
	    ? e->tls == PROOF_ABSENT ? "plaintext" : "TLS not known"
	    : e->version_text.p == NULL ? "TLS"
	    : explain_shown(x->arena, e->version_text));
	if (e->cipher.p != NULL)
		fprintf(out, " %s", explain_shown(x->arena, e->cipher));
	if (e->bits > 0)
		fprintf(out, " %d bits", e->bits);
	fprintf(out, ", verified: %s (%s)", explain_in_words(e->verified),
	    evidence_source(e));
	print_fact(x, "name", &e->peer, out);
	print_fact(x, "subject", &e->subject, out);
	print_fact(x, "issuer", &e->issuer, out);
	print_fact(x, "fingerprint", &e->fingerprint, out);
	print_fact(x, "login", &e->login, out);
	putc('\n', out);
}

static void
print_names(const struct explained *x, FILE *out)
{
	fputs("\nnames tried\n", out);
	for (size_t i = 0; i < x->name_count; i++) {
		const struct explained_name *n = &x->names[i];

		fprintf(out, "  %-9s %s %s%s", hop_name(n->hop),
		    key_kind_name(n->name.kind),
		    explain_shown(x->arena, n->name.text),
		    n->name.route ? " (the route)" : "");
		if (n->count == 0)
			fputs(": no rule", out);
		for (size_t k = 0; k < n->count; k++)
			fprintf(out, "%s %s of %s (%s)",
			    k == 0 ? ":" : ", then",
			    explain_shown(x->arena, n->rows[k].key),
			    n->rows[k].partner->name.p == NULL
				? "a profile"
				: n->rows[k].partner->name.p,
			    explain_place(x->arena,
				table_place(x->policy->table, &n->rows[k])));
		putc('\n', out);
	}
	if (x->name_count == 0)
		fputs("  none: no rule asks anything of it\n", out);
}

static void
print_steps(const struct explained *x, const struct decision *d, FILE *out)
{
	struct explained_step steps[CHECK_COUNT];
	size_t n;

	if (d->rule == NULL || d->proof == NULL)
		return;
	n = explanation_steps(&d->rule->demand, d->proof, x->arena, steps);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "  %-9s %s: %s (wanted: %s)\n",
		    check_name(steps[i].check),
		    verdict_name(steps[i].finding.verdict), steps[i].came,
		    steps[i].wanted);
}

static void
print_staging(const struct explained *x, const struct decision *d, FILE *out)
{
	const char *exempt = explanation_exempt(d->exempt);

	fprintf(out, "  %-9s %s: %s (%s)\n", "verdict",
	    verdict_name(d->finding.verdict), reason_name(d->finding.reason),
	    reason_meaning(d->finding.reason));
	if (d->exception.p != NULL)
		fprintf(out, "  %-9s %s\n", "exception",
		    explain_shown(x->arena, d->exception));
	if (exempt != NULL)
		fprintf(out, "  %-9s %s: %s\n", "exempt",
		    exempt_name(d->exempt), exempt);
	fprintf(out, "  %-9s stage %s, planned %s, applied %s (mode %s)\n",
	    "action", stage_name(d->stage), action_name(d->planned),
	    action_name(d->applied), mode_name(x->mode));
}

static void
print_heading(const struct explained *x, const struct decision *d, FILE *out)
{
	const char *asked = explain_asked_by(x, d);

	if (asked == NULL) {
		fprintf(out, "\n%s: %s\n", hop_name(d->hop),
		    d->finding.reason == REASON_NO_RULE ?
		    "no rule asked anything of it" :
		    "it cannot be told which rule would ask");
		return;
	}
	fprintf(out, "\n%s of %s, found by %s (%s)\n", hop_name(d->hop),
	    explain_shown(x->arena, d->partner),
	    explain_shown(x->arena, d->destination),
	    explain_place(x->arena, d->place));
	fprintf(out, "  %-9s %s%s\n",
	    explain_is_on_record(x) ? "asked" : "asks", asked,
	    d->rule == NULL ? " (the rule of today asks something else)" : "");
}

static void
print_decision(const struct explained *x, const struct decision *d, FILE *out)
{
	const char *change;

	print_heading(x, d, out);
	print_seen(x, d, out);
	print_steps(x, d, out);
	print_staging(x, d, out);
	if (d->rule != NULL && d->rule->watch != NULL)
		fprintf(out, "  %-9s %s: %s (%s)\n", "watched",
		    verdict_name(d->watch.verdict),
		    reason_name(d->watch.reason),
		    explain_demand(x->arena, d->rule->watch));
	change = explain_change_for(x, d);
	if (change != NULL)
		fprintf(out, "  %-9s %s\n", "to pass", change);
	if (d->rule != NULL && d->rule->partner != NULL &&
	    d->rule->partner->provider.p != NULL)
		fprintf(out, "  %-9s the names prove only the provider: %s\n",
		    "warning", d->rule->partner->provider.p);
}

static void
print_ruling(const struct explained *x, const struct ruling *ruling,
    FILE *out)
{
	if (ruling->applied >= ACTION_DEFER)
		fprintf(out, "%s%s\n", explain_reply_text(x, ruling),
		    ruling->at_end ? " (at the end of the message)" : "");
	else if (ruling->applied == ACTION_PASS)
		fputs("the recipient is accepted\n", out);
	else
		fprintf(out, "the recipient is accepted; the message at its "
		    "end: %s\n", action_name(ruling->applied));
}

static void
print_answer(const struct explained *x, FILE *out)
{
	const struct ruling *ruling = &x->ruling;

	fputs("\nanswer\n  ", out);
	if (explain_is_on_record(x)) {
		fprintf(out, "%s: %s\n", x->outcome, x->told == NULL
		    ? "the client was told nothing of it" : x->told);
		if (x->hint != NULL)
			fprintf(out, "\nhint\n  %s\n", x->hint);
		return;
	}
	print_ruling(x, ruling, out);
	if (x->enforced.applied != ruling->applied) {
		fputs("  in mode enforce: ", out);
		print_ruling(x, &x->enforced, out);
	}
	if (ruling->wants_headers)
		fputs("  more is judged at the end of the message, from its "
		    "header\n", out);
}

void
explain_print(const struct explained *x, FILE *out)
{
	print_session(x, out);
	print_names(x, out);
	for (size_t i = 0; i < x->ruling.count; i++)
		print_decision(x, &x->ruling.list[i], out);
	print_answer(x, out);
}

/* JSON */

static json_t *
explain_macros_json(const struct explained *x, bool assumed)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		struct slice value = x->request->macros.value[i];

		if (value.p != NULL && explain_is_assumed(x, i) == assumed &&
		    !explain_is_told_elsewhere(x, (enum macro)i))
			json_object_set_new(o, macro_name((enum macro)i),
			    jsontext_shown(value));
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
			    jsontext_shown(n->rows[k].key));
			json_object_set_new(row, "partner",
			    jsontext_shown(n->rows[k].partner->name));
			json_object_set_new(row, "line",
			    json_string(explain_place(x->arena,
				table_place(x->policy->table, &n->rows[k]))));
			json_array_append_new(rows, row);
		}
		json_object_set_new(o, "hop", json_string(hop_name(n->hop)));
		json_object_set_new(o, "kind",
		    json_string(key_kind_name(n->name.kind)));
		json_object_set_new(o, "name", jsontext_shown(n->name.text));
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
		n = explanation_steps(&d->rule->demand, d->proof, x->arena,
		    steps);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:s}",
		    "check", check_name(steps[i].check),
		    "verdict", verdict_name(steps[i].finding.verdict),
		    "reason", reason_name(steps[i].finding.reason),
		    "came", steps[i].came, "wanted", steps[i].wanted));
	return list;
}

static json_t *
explain_proof_json(enum proof proof)
{
	return proof == PROOF_UNKNOWN ? json_null()
	    : json_boolean(proof == PROOF_PRESENT);
}

static json_t *
explain_fact_json(const struct fact *fact)
{
	return fact->proof == PROOF_PRESENT ? jsontext_shown(fact->text)
	    : explain_proof_json(fact->proof);
}

static json_t *
explain_seen_json(const struct evidence *e)
{
	if (e == NULL)
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s}", "tls",
	    e->version_text.p != NULL ? jsontext_shown(e->version_text)
				      : explain_proof_json(e->tls),
	    "cipher", jsontext_shown(e->cipher), "bits",
	    e->bits > 0 ? json_integer(e->bits) : json_null(), "verified",
	    explain_proof_json(e->verified), "peer",
	    explain_fact_json(&e->peer), "subject",
	    explain_fact_json(&e->subject), "issuer",
	    explain_fact_json(&e->issuer), "fingerprint",
	    explain_fact_json(&e->fingerprint), "login",
	    explain_fact_json(&e->login), "source", evidence_source(e));
}

static json_t *
explain_record_json(const struct explained *x, const struct decision *d)
{
	const char *change = explain_change_for(x, d);
	bool watched = d->rule != NULL && d->rule->watch != NULL;

	return json_pack("{s:s,s:o,s:o,s:s,s:s?,s:o,s:s,s:s,s:s,s:s,s:s,s:s?,"
	    "s:o,s:s?,s:s?,s:o}",
	    "hop", hop_name(d->hop),
	    "partner", jsontext_shown(d->partner),
	    "destination", jsontext_shown(d->destination),
	    "rule", explain_place(x->arena, d->place),
	    "need", explain_asked_by(x, d),
	    "checks", explain_steps_json(x, d),
	    "verdict", verdict_name(d->finding.verdict),
	    "reason", reason_name(d->finding.reason),
	    "stage", stage_name(d->stage),
	    "planned", action_name(d->planned),
	    "applied", action_name(d->applied),
	    "exempt", exempt_name(d->exempt),
	    "exception", jsontext_shown(d->exception),
	    "watch", watched ? verdict_name(d->watch.verdict) : NULL,
	    "to_pass", change,
	    "seen", explain_seen_json(d->proof));
}

/* What only one on record has. */
static void
explain_add_record(const struct explained *x, json_t *o)
{
	json_t *more = json_pack("{s:s,s:s,s:s?,s:s,s:s?,s:s?,s:s?,s:s}",
	    "when", x->when, "ref", x->ref, "queue_id", x->queue_id,
	    "outcome", x->outcome, "told", x->told, "note", x->note,
	    "hint", x->hint, "policy", x->judged_by);

	json_object_update(o, more);
	json_decref(more);
}

json_t *
explain_json(const struct explained *x)
{
	const struct ruling *ruling = &x->ruling;
	json_t *decisions = json_array(), *o;
	bool recorded = explain_is_on_record(x);

	for (size_t i = 0; i < ruling->count; i++)
		json_array_append_new(decisions,
		    explain_record_json(x, &ruling->list[i]));
	o = json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:s,s:s?,"
	    "s:s?,s:s?,s:b,s:b}",
	    "policy", x->policy->digest,
	    "mta", x->mta,
	    "mode", mode_name(x->mode),
	    "sender", jsontext_shown(explain_sender(x)),
	    "recipient", jsontext_shown(x->request->recipient),
	    "given", explain_macros_json(x, false),
	    "assumed", explain_macros_json(x, true),
	    "listener", listener_kind_name(ruling->listener),
	    "names", explain_names_json(x),
	    "decisions", decisions,
	    "applied", action_name(ruling->applied),
	    "reply", recorded ? x->told : explain_reply_text(x, ruling),
	    "applied_in_enforce", recorded ? NULL
	    : action_name(x->enforced.applied),
	    "reply_in_enforce", recorded ? NULL
	    : explain_reply_text(x, &x->enforced),
	    "at_end", ruling->at_end,
	    "wants_headers", ruling->wants_headers);
	if (recorded)
		explain_add_record(x, o);
	return o;
}
