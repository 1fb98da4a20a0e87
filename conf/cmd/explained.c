/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <jansson.h>

#include "conf/cmd/explained.h"
#include "conf/cmd/understood.h"
#include "policy/remedy.h"

enum { SHOWN = 256, DEMAND = 512 };

static const char *
shown(struct arena *a, struct slice text)
{
	char out[SHOWN];

	slice_show(text, out, sizeof(out));
	return arena_string(a, slice_of(out));
}

static const char *
place(struct arena *a, struct place at)
{
	char out[SHOWN];

	return arena_string(a, slice_of(understood_place(at, out,
	    sizeof(out))));
}

static const char *
demand(struct arena *a, const struct demand *asked)
{
	char out[DEMAND];

	demand_show(asked, out, sizeof(out));
	return arena_string(a, slice_of(out));
}

/* Sendmail puts the address before the text of a reply. */
static const char *
reply_text(const struct explained *x, const struct ruling *ruling)
{
	const struct reply *reply = &ruling->reply;
	const char *before = "";

	if (ruling->applied < ACTION_DEFER)
		return NULL;
	if (x->attempt->dialect == DIALECT_SENDMAIL)
		before = arena_printf(x->arena, "%s... ", shown(x->arena,
		    x->attempt->recipient));
	return arena_printf(x->arena, "%s %s %s%s", reply->code,
	    reply->enhanced, before, reply->text);
}

static bool
is_assumed(const struct explained *x, unsigned macro)
{
	return x->assumed != NULL && x->assumed[macro];
}

static struct slice
sender(const struct explained *x)
{
	if (x->attempt->sender.p != NULL)
		return x->attempt->sender;
	return macros_get(&x->attempt->macros, MACRO_MAIL_ADDR);
}

/* Text */

static void
print_macros(const struct explained *x, bool assumed, const char *label,
    FILE *out)
{
	size_t column = 0;

	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		enum macro which = (enum macro)i;
		struct slice value = macros_get(&x->attempt->macros,
		    which);
		const char *text;

		if (value.p == NULL || is_assumed(x, i) != assumed)
			continue;
		text = arena_printf(x->arena, "%s=%s", macro_name(which),
		    shown(x->arena, value));
		if (column == 0 || column + strlen(text) > 66) {
			fprintf(out, "%s  %-9s", column == 0 ? "" : "\n",
			    column == 0 ? label : "");
			column = 0;
		}
		fprintf(out, " %s", text);
		column += strlen(text) + 1;
	}
	if (column > 0)
		putc('\n', out);
}

static void
print_session(const struct explained *x, FILE *out)
{
	fputs("session\n", out);
	if (x->when != NULL)
		fprintf(out, "  %-9s %s\n", "when", x->when);
	if (x->note != NULL)
		fprintf(out, "  %-9s %s\n", "note", x->note);
	fprintf(out, "  %-9s %s%s\n", "mta",
	    x->mta, !x->mta_assumed ? "" :
	    x->policy->settings.mta == MTA_AUTO ? " (assumed)" :
	    " (of the policy file)");
	fprintf(out, "  %-9s %s\n", "sender",
	    shown(x->arena, sender(x)));
	fprintf(out, "  %-9s %s\n", "recipient",
	    shown(x->arena, x->attempt->recipient));
	print_macros(x, false, "given", out);
	print_macros(x, true, "assumed", out);
	if (x->ruling.listener != LISTENER_MX)
		fprintf(out, "  %-9s %s\n", "listener",
		    listener_kind_name(x->ruling.listener));
}

static void
print_names(const struct explained *x, FILE *out)
{
	fputs("\nnames tried\n", out);
	for (size_t i = 0; i < x->name_count; i++) {
		const struct explained_name *n = &x->names[i];

		fprintf(out, "  %-9s %s %s%s", hop_name(n->hop),
		    key_kind_name(n->name.kind),
		    shown(x->arena, n->name.text),
		    n->name.route ? " (the route)" : "");
		if (n->count == 0)
			fputs(": no rule", out);
		for (size_t k = 0; k < n->count; k++)
			fprintf(out, "%s %s of %s (%s)", k == 0 ? ":" :
			    ", then", shown(x->arena, n->rows[k].key),
			    n->rows[k].partner->name.p == NULL ? "a profile" :
			    n->rows[k].partner->name.p,
			    place(x->arena, table_place(x->policy->table,
			    &n->rows[k])));
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
	    explanation_reason(d->finding.reason));
	if (d->exception.p != NULL)
		fprintf(out, "  %-9s %s\n", "exception",
		    shown(x->arena, d->exception));
	if (exempt != NULL)
		fprintf(out, "  %-9s %s: %s\n", "exempt",
		    exempt_name(d->exempt), exempt);
	fprintf(out, "  %-9s stage %s, planned %s, applied %s (mode %s)\n",
	    "action", stage_name(d->stage), action_name(d->planned),
	    action_name(d->applied), mode_name(x->policy->settings.mode));
}

static void
print_heading(const struct explained *x, const struct decision *d, FILE *out)
{
	if (d->rule == NULL) {
		fprintf(out, "\n%s: it cannot be told which rule would ask\n",
		    hop_name(d->hop));
		return;
	}
	fprintf(out, "\n%s of %s, found by %s (%s)\n", hop_name(d->hop),
	    shown(x->arena, d->partner), shown(x->arena, d->destination),
	    place(x->arena, d->place));
	fprintf(out, "  %-9s %s\n", "asks",
	    demand(x->arena, &d->rule->demand));
}

static void
print_decision(const struct explained *x, const struct decision *d, FILE *out)
{
	const char *change;

	print_heading(x, d, out);
	print_steps(x, d, out);
	print_staging(x, d, out);
	if (d->rule != NULL && d->rule->watch != NULL)
		fprintf(out, "  %-9s %s: %s (%s)\n", "watched",
		    verdict_name(d->watch.verdict),
		    reason_name(d->watch.reason),
		    demand(x->arena, d->rule->watch));
	change = remedy_of(x->attempt, d, x->arena);
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
		fprintf(out, "%s%s\n", reply_text(x, ruling),
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
	if (x->outcome != NULL) {
		fprintf(out, "%s: %s\n", x->outcome, x->told == NULL
		    ? "the client was told nothing of it" : x->told);
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

static void
print_text(const struct explained *x, FILE *out)
{
	print_session(x, out);
	print_names(x, out);
	for (size_t i = 0; i < x->ruling.count; i++)
		print_decision(x, &x->ruling.list[i], out);
	print_answer(x, out);
}

/* JSON */

static json_t *
macros_json(const struct explained *x, bool assumed)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		struct slice value = x->attempt->macros.value[i];

		if (value.p != NULL && is_assumed(x, i) == assumed)
			json_object_set_new(o, macro_name((enum macro)i),
			    understood_text(value));
	}
	return o;
}

static json_t *
names_json(const struct explained *x)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->name_count; i++) {
		const struct explained_name *n = &x->names[i];
		json_t *o = json_object(), *rows = json_array();

		for (size_t k = 0; k < n->count; k++) {
			json_t *row = json_object();

			json_object_set_new(row, "key",
			    understood_text(n->rows[k].key));
			json_object_set_new(row, "partner",
			    understood_text(n->rows[k].partner->name));
			json_object_set_new(row, "line", json_string(
			    place(x->arena, table_place(x->policy->table,
			    &n->rows[k]))));
			json_array_append_new(rows, row);
		}
		json_object_set_new(o, "hop", json_string(hop_name(n->hop)));
		json_object_set_new(o, "kind",
		    json_string(key_kind_name(n->name.kind)));
		json_object_set_new(o, "name", understood_text(n->name.text));
		json_object_set_new(o, "route", json_boolean(n->name.route));
		json_object_set_new(o, "rows", rows);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
steps_json(const struct explained *x, const struct decision *d)
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
decision_json(const struct explained *x, const struct decision *d)
{
	const char *change = remedy_of(x->attempt, d,
	    x->arena);
	bool watched = d->rule != NULL && d->rule->watch != NULL;

	return json_pack("{s:s,s:o,s:o,s:s,s:s?,s:o,s:s,s:s,s:s,s:s,s:s,s:s?,"
	    "s:o,s:s?,s:s?}",
	    "hop", hop_name(d->hop),
	    "partner", understood_text(d->partner),
	    "destination", understood_text(d->destination),
	    "rule", place(x->arena, d->place),
	    "need", d->rule == NULL ? NULL :
	    demand(x->arena, &d->rule->demand),
	    "checks", steps_json(x, d),
	    "verdict", verdict_name(d->finding.verdict),
	    "reason", reason_name(d->finding.reason),
	    "stage", stage_name(d->stage),
	    "planned", action_name(d->planned),
	    "applied", action_name(d->applied),
	    "exempt", exempt_name(d->exempt),
	    "exception", understood_text(d->exception),
	    "watch", watched ? verdict_name(d->watch.verdict) : NULL,
	    "to_pass", change);
}

static void
print_json(const struct explained *x, FILE *out)
{
	const struct ruling *ruling = &x->ruling;
	json_t *decisions = json_array(), *o;

	for (size_t i = 0; i < ruling->count; i++)
		json_array_append_new(decisions,
		    decision_json(x, &ruling->list[i]));
	o = json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:s,s:s?,s:s,s:s?,"
	    "s:b,s:b}",
	    "policy", x->policy->digest,
	    "mta", x->mta,
	    "sender", understood_text(sender(x)),
	    "recipient", understood_text(x->attempt->recipient),
	    "given", macros_json(x, false),
	    "assumed", macros_json(x, true),
	    "listener", listener_kind_name(ruling->listener),
	    "names", names_json(x),
	    "decisions", decisions,
	    "applied", action_name(ruling->applied),
	    "reply", reply_text(x, ruling),
	    "applied_in_enforce", action_name(x->enforced.applied),
	    "reply_in_enforce", reply_text(x, &x->enforced),
	    "at_end", ruling->at_end,
	    "wants_headers", ruling->wants_headers);
	if (x->outcome != NULL) {
		json_object_set_new(o, "when", json_string(x->when));
		json_object_set_new(o, "outcome", json_string(x->outcome));
		json_object_set_new(o, "told", x->told == NULL ? json_null()
		    : json_string(x->told));
		json_object_set_new(o, "note", x->note == NULL ? json_null()
		    : json_string(x->note));
	}
	json_dumpf(o, out, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putc('\n', out);
	json_decref(o);
}

void
explained_print(const struct explained *x, const struct invocation *invocation)
{
	(invocation->json ? print_json : print_text)(x, invocation->out);
}
