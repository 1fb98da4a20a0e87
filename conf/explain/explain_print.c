/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/explain/explain_print.h"
#include "conf/explain/outbound_told.h"
#include "conf/screen/paint.h"
#include "conf/show/columns.h"
#include "policy/audit/tls_cause.h"
#include "policy/base/jsontext.h"
#include "policy/explain/explanation.h"
#include "policy/reason.h"

/* The text of a member; fallback for an absent one. */
static const char *
explain_text(const json_t *o, const char *key, const char *fallback)
{
	const char *text = jsontext_at(o, key).p;

	return text == NULL ? fallback : text;
}

static bool
explain_flag(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static bool
explain_is_recorded(const json_t *o)
{
	return jsontext_at(o, "when").p != NULL;
}

static void
print_macros(const json_t *o, const char *label, FILE *out)
{
	struct columns columns = { .out = out, .label = label };
	json_t *value;
	const char *name;

	json_object_foreach(json_object_get(o, label), name, value) {
		char text[512];

		snprintf(text, sizeof(text), "%s=%s", name,
		    json_string_value(value));
		columns_add(&columns, text);
	}
	columns_end(&columns);
}

static void
print_session(const json_t *o, FILE *out)
{
	bool recorded = explain_is_recorded(o);
	struct slice sender = jsontext_at(o, "sender");
	struct slice listener = jsontext_at(o, "listener");

	fputs("session\n", out);
	if (recorded)
		fprintf(out, "  %-9s %s\n  %-9s %s\n  %-9s %s\n",
		    "when", jsontext_at(o, "when").p,
		    "ref", jsontext_at(o, "ref").p,
		    "queue id", explain_text(o, "queue_id", "none on record"));
	if (jsontext_at(o, "note").p != NULL)
		fprintf(out, "  %-9s %s\n", "note", jsontext_at(o, "note").p);
	fprintf(out, "  %-9s %s%s\n", "mta", jsontext_at(o, "mta").p,
	    jsontext_at(o, "mta_from").p);
	fprintf(out, "  %-9s %s\n", "sender", recorded && sender.n == 0
	    ? "<>" : explain_text(o, "sender", "not known"));
	fprintf(out, "  %-9s %s\n", "recipient",
	    explain_text(o, "recipient", "not known"));
	print_macros(o, "given", out);
	print_macros(o, "assumed", out);
	if (!slice_eq(listener, slice_of(listener_kind_name(LISTENER_MX))))
		fprintf(out, "  %-9s %s\n", "listener", listener.p);
}

/* The rows of the table that match a name. */
static void
print_rows(const json_t *rows, FILE *out)
{
	const json_t *row;
	size_t i;

	if (json_array_size(rows) == 0)
		fputs(": no rule", out);
	json_array_foreach(rows, i, row)
		fprintf(out, "%s %s of %s (%s)", i == 0 ? ":" : ", then",
		    explain_text(row, "key", "-"),
		    explain_text(row, "partner", "a profile"),
		    jsontext_at(row, "line").p);
	putc('\n', out);
}

static void
print_names(const json_t *names, FILE *out)
{
	const json_t *n;
	size_t i;

	fputs("\nnames looked up\n", out);
	json_array_foreach(names, i, n) {
		fprintf(out, "  %-9s %s %s%s", jsontext_at(n, "hop").p,
		    jsontext_at(n, "kind").p, explain_text(n, "name", "-"),
		    explain_flag(n, "route") ? " (the route)" : "");
		print_rows(json_object_get(n, "rows"), out);
	}
	if (json_array_size(names) == 0)
		fputs("  none: no rule demands anything\n", out);
}

static const char *
explain_in_words(const json_t *proof)
{
	if (json_is_null(proof))
		return "not known";
	return json_is_true(proof) ? "yes" : "no";
}

/* What was measured of a recorded session. Its TLS macros are not recorded. */
static void
print_seen(const json_t *seen, FILE *out)
{
	static const char *const facts[] = { "peer", "subject", "issuer",
		"fingerprint", "login", "claimed_login" };
	const json_t *tls = json_object_get(seen, "tls");

	fprintf(out, "  %-9s %s", "seen", explain_text(seen, "tls",
	    json_is_true(tls) ? "TLS" : json_is_false(tls) ? "plaintext"
	    : "TLS not known"));
	if (jsontext_at(seen, "cipher").p != NULL)
		fprintf(out, " %s", jsontext_at(seen, "cipher").p);
	if (jsontext_number(seen, "bits") > 0)
		fprintf(out, " %lld bits",
		    (long long)jsontext_number(seen, "bits"));
	fprintf(out, ", verified: %s (%s)",
	    explain_in_words(json_object_get(seen, "verified")),
	    jsontext_at(seen, "source").p);
	for (size_t i = 0; i < COUNT_OF(facts); i++) {
		const char *fact = jsontext_at(seen, facts[i]).p;

		if (fact != NULL)
			fprintf(out, "\n            %s \"%s\"", i == 0 ? "name"
			    : i == 5 ? "claimed login" : facts[i], fact);
	}
	putc('\n', out);
}

static void
explain_paint_verdict(const json_t *o, FILE *out)
{
	const char *verdict = jsontext_at(o, "verdict").p;

	paint(out, paint_of_verdict(verdict), verdict);
}

static void
print_checks(const json_t *checks, FILE *out)
{
	const json_t *check;
	size_t i;

	json_array_foreach(checks, i, check) {
		fprintf(out, "  %-9s ", jsontext_at(check, "check").p);
		explain_paint_verdict(check, out);
		fprintf(out, ": %s (wanted: %s)\n",
		    jsontext_at(check, "came").p,
		    jsontext_at(check, "wanted").p);
	}
}

static const char *
explain_reason_words(const json_t *d)
{
	enum reason reason;

	return reason_from(jsontext_at(d, "reason"), &reason)
	    ? reason_meaning(reason) : "";
}

static void
print_staging(const json_t *d, const char *mode, FILE *out)
{
	const char *pause = jsontext_at(d, "pause").p;
	enum exempt exempt = EXEMPT_NONE;
	const char *words;

	fprintf(out, "  %-9s ", "verdict");
	explain_paint_verdict(d, out);
	fprintf(out, ": %s (%s)\n", jsontext_at(d, "reason").p,
	    explain_reason_words(d));
	if (jsontext_at(d, "exception").p != NULL)
		fprintf(out, "  %-9s %s\n", "exception",
		    jsontext_at(d, "exception").p);
	words = exempt_from(jsontext_at(d, "exempt"), &exempt)
	    ? explanation_exempt(exempt) : NULL;
	if (words != NULL)
		fprintf(out, "  %-9s %s: %s\n", "exempt", exempt_name(exempt),
		    words);
	fprintf(out, "  %-9s stage %s, planned %s, applied ", "action",
	    jsontext_at(d, "stage").p, jsontext_at(d, "planned").p);
	paint(out, paint_of_action(jsontext_at(d, "applied").p),
	    jsontext_at(d, "applied").p);
	fprintf(out, " (mode %s%s%s)\n", mode, pause == NULL ? ""
	    : "; paused by ", pause == NULL ? "" : pause);
}

static void
print_heading(const json_t *d, bool recorded, FILE *out)
{
	const char *asked = jsontext_at(d, "need").p;
	const char *found_by = jsontext_at(d, "found_by").p;
	enum reason reason;

	if (asked == NULL) {
		bool known = reason_from(jsontext_at(d, "reason"), &reason);

		fprintf(out, "\n%s: %s\n", jsontext_at(d, "hop").p,
		    known && reason_is_no_rule(reason)
		    ? "no rule demanded anything"
		    : known && reason_is_ours(reason)
		    ? "refused by enforcetls itself, by no rule"
		    : known && reason == REASON_LOGIN_IN_CLEAR
		    ? "a login without encryption, which is recorded whatever "
		      "the rules say"
		    : "it is not known which rule would apply");
		return;
	}
	fprintf(out, "\n%s of %s, %s %s (%s)\n",
	    jsontext_at(d, "hop").p, explain_text(d, "partner", "-"),
	    found_by == NULL ? "matched by" : "found by its",
	    found_by == NULL ? explain_text(d, "destination", "-")
	    : found_by, jsontext_at(d, "rule").p);
	fprintf(out, "  %-9s %s%s\n", recorded ? "asked" : "asks", asked,
	    explain_flag(d, "rule_is_known") ? ""
	    : " (today's rule asks something else)");
}

/* Why the certificate was not verified, or why that is not known. */
static void
print_cause(const json_t *cause, FILE *out)
{
	const char *doubt = jsontext_at(cause, "unknown_because").p;
	const char *said = jsontext_at(cause, "said").p;
	bool known = !slice_eq(jsontext_at(cause, "name"),
	    slice_of(tls_cause_name(TLS_CAUSE_UNKNOWN)));

	if (cause == NULL)
		return;
	fprintf(out, "  %-9s %s%s%s", "cause",
	    known ? jsontext_at(cause, "name").p : "", known ? ": " : "",
	    jsontext_at(cause, "text").p);
	fprintf(out, "%s%s%s\n",
	    doubt == NULL ? "" : " (", doubt == NULL ? "" : doubt,
	    doubt == NULL ? "" : ")");
	if (said != NULL)
		fprintf(out, "  %-9s %s\n            %s\n", "logged",
		    jsontext_at(cause, "where").p, said);
	fprintf(out, "  %-9s %s\n", "advice",
	    jsontext_at(cause, "advice").p);
}

static void
print_decision(const json_t *o, const json_t *d, FILE *out)
{
	bool recorded = explain_is_recorded(o);

	print_heading(d, recorded, out);
	if (recorded && json_is_object(json_object_get(d, "seen")))
		print_seen(json_object_get(d, "seen"), out);
	print_checks(json_object_get(d, "checks"), out);
	print_staging(d, jsontext_at(o, "mode").p, out);
	print_cause(json_object_get(d, "cause"), out);
	if (jsontext_at(d, "watch").p != NULL)
		fprintf(out, "  %-9s %s: %s (%s)\n", "watched",
		    jsontext_at(d, "watch").p,
		    jsontext_at(d, "watch_reason").p,
		    jsontext_at(d, "watch_need").p);
	if (jsontext_at(d, "to_pass").p != NULL)
		fprintf(out, "  %-9s %s\n", "to pass",
		    jsontext_at(d, "to_pass").p);
	if (jsontext_at(d, "provider").p != NULL)
		fprintf(out, "  %-9s the names prove only the provider: %s\n",
		    "warning", jsontext_at(d, "provider").p);
}

/* reply NULL: the recipient is accepted. */
static void
print_ruling(const char *reply, const char *applied, bool at_end, FILE *out)
{
	if (reply != NULL)
		fprintf(out, "%s%s\n", reply,
		    at_end ? " (at the end of the message)" : "");
	else if (strcmp(applied, action_name(ACTION_PASS)) == 0)
		fputs("the recipient is accepted\n", out);
	else
		fprintf(out, "the recipient is accepted; at the end of the "
		    "message: %s\n", applied);
}

static void
print_answer(const json_t *o, FILE *out)
{
	const char *applied = jsontext_at(o, "applied").p;
	const char *enforced = jsontext_at(o, "applied_in_enforce").p;

	fputs("\nanswer\n  ", out);
	assert(explain_is_recorded(o) == (enforced == NULL));
	if (explain_is_recorded(o)) {
		fprintf(out, "%s: %s\n", jsontext_at(o, "outcome").p,
		    explain_text(o, "told",
			"enforcetls gave the client no reply"));
		if (jsontext_at(o, "hint").p != NULL)
			fprintf(out, "\nhint\n  %s\n",
			    jsontext_at(o, "hint").p);
		return;
	}
	print_ruling(jsontext_at(o, "reply").p, applied,
	    explain_flag(o, "at_end"), out);
	if (strcmp(enforced, applied) != 0) {
		fputs("  in mode enforce: ", out);
		print_ruling(jsontext_at(o, "reply_in_enforce").p, enforced,
		    explain_flag(o, "at_end_in_enforce"), out);
	}
	if (explain_flag(o, "wants_headers"))
		fputs("  more rules are judged at the end of the message, from "
		    "its header\n", out);
}

void
explain_print(json_t *o, FILE *out)
{
	const json_t *decision;
	size_t i;

	/* explain_json() always sets them. */
	assert(jsontext_at(o, "applied").p != NULL);
	assert(json_is_array(json_object_get(o, "decisions")));
	print_session(o, out);
	print_names(json_object_get(o, "names"), out);
	json_array_foreach(json_object_get(o, "decisions"), i, decision)
		print_decision(o, decision, out);
	outbound_told_print(json_object_get(o, "outbound"), out);
	print_answer(o, out);
}
