/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/show/print_decision.h"
#include "conf/screen/paint.h"
#include "conf/show/print_json.h"
#include "conf/show/times.h"
#include "policy/audit/logfilter.h"
#include "policy/audit/recorded.h"
#include "policy/base/text.h"

enum { NAME = 128, LINE = 1024 };

/* Adds a member, escaped and cut; nothing for an absent one. */
static void
print_decision_add(struct text *t, const char *before, const json_t *object,
    const char *key)
{
	char shown[NAME];

	if (jsontext_at(object, key).p != NULL)
		text_add(t, "%s%s", before, show_member(object, key, shown,
			sizeof(shown)));
}

/* "TLSv1.3, verified mx.bank.example" */
static void
print_decision_proof(const json_t *record, struct text *t)
{
	const json_t *proof = json_object_get(record, "proof");
	const json_t *tls = json_object_get(proof, "tls");
	const json_t *verified = json_object_get(proof, "verified");

	if (!json_is_object(proof))
		text_add(t, "nothing");
	else if (json_is_false(tls))
		text_add(t, "no TLS");
	else if (!json_is_string(tls))
		text_add(t, "not known");
	else {
		print_decision_add(t, "", proof, "tls");
		text_add(t, json_is_true(verified) ? ", verified"
		    : json_is_false(verified) ? ", not verified"
		    : ", verification not known");
		print_decision_add(t, " ", proof, "peer");
	}
	print_decision_add(t, ", login ", record, "login");
	print_decision_add(t, ", claimed login ", record, "claimed_login");
}

static const char *
print_decision_done_word(const json_t *record)
{
	enum action applied;

	if (slice_eq(jsontext_at(record, "outcome"), SLICE("aborted")))
		return "abandoned by the client";
	if (!action_from(jsontext_at(record, "applied"), &applied))
		return "not known";
	switch (applied) {
	case ACTION_PASS:
		return "accepted";
	case ACTION_TAG:
		return "accepted, tagged";
	case ACTION_HOLD:
		return "held";
	case ACTION_DEFER:
		return "deferred";
	case ACTION_REJECT:
		return "rejected";
	case ACTION_UNSET:
	case ACTION_COUNT:
		break;
	}
	return "not known";
}

/* What another rule, or another recipient of the message, did to it. */
static void
print_decision_other_rule(const json_t *record, struct text *t)
{
	enum action applied;

	if (action_from(jsontext_at(record, "applied"), &applied) &&
	    applied >= ACTION_HOLD && !recorded_keeps_back(record))
		text_add(t, ", not by this rule");
}

/* Why mail that failed was accepted all the same. */
static void
print_decision_pardon(const json_t *record, struct text *t)
{
	enum action applied;

	if (slice_eq(jsontext_at(record, "verdict"), SLICE("pass")) ||
	    !action_from(jsontext_at(record, "applied"), &applied) ||
	    applied > ACTION_TAG || jsontext_at(record, "partner").p == NULL)
		return;
	if (jsontext_at(record, "exception").p != NULL)
		print_decision_add(t, " by exception ", record, "exception");
	else if (jsontext_at(record, "exempt").p != NULL)
		print_decision_add(t, ", exempt: ", record, "exempt");
	else if (jsontext_at(record, "pause").p != NULL)
		print_decision_add(t, ", paused by ", record, "pause");
	else if (slice_eq(jsontext_at(record, "mode"), SLICE("log-only")))
		text_add(t, ", mode log-only");
	else
		print_decision_add(t, ", stage ", record, "stage");
}

static void
print_decision_mail(const json_t *record, struct text *t)
{
	char sender[NAME], recipient[NAME];

	print_decision_add(t, "; client ", record, "client_addr");
	text_add(t, "; <%s> -> <%s>", jsontext_at(record, "sender").p == NULL
	    ? "not known" : jsontext_at(record, "sender").n == 0 ? ""
	    : show_member(record, "sender", sender, sizeof(sender)),
	    show_member(record, "recipient", recipient, sizeof(recipient)));
	print_decision_add(t, "; queue id ", record, "queue_id");
}

/* A line of the log that is no decision. */
static void
print_decision_other(const json_t *record, struct text *t)
{
	if (json_is_integer(json_object_get(record, "lost")))
		text_add(t, "records lost: %lld; the disk was full or too slow",
		    (long long)jsontext_number(record, "lost"));
	else if (jsontext_at(record, "removed").p != NULL)
		print_decision_add(t, "removed by log.keep: ", record,
		    "removed");
	else if (jsontext_at(record, "keying").p != NULL)
		print_decision_add(t, "the chain's key: ", record, "keying");
	else
		text_add(t, "not a decision");
}

static enum paint
print_decision_paint(const json_t *record)
{
	return slice_eq(jsontext_at(record, "outcome"), SLICE("aborted"))
	    ? PAINT_CARE : paint_of_action(jsontext_at(record, "applied").p);
}

/* Prints what the line has, and begins it anew. */
static void
print_decision_so_far(struct text *t, char line[LINE], FILE *out)
{
	text_end(t);
	fputs(line, out);
	text_init(t, line, LINE);
}

/* One that is none, of another hand, goes to the text, which is escaped. */
static void
print_decision_verdict(const json_t *record, struct text *t, FILE *out)
{
	const char *verdict = jsontext_at(record, "verdict").p;
	enum paint colour = paint_of_verdict(verdict);

	if (colour == PAINT_NONE)
		print_decision_add(t, "", record, "verdict");
	else
		paint(out, colour, verdict);
}

void
print_decision(const json_t *record, FILE *out)
{
	int64_t when = recorded_time(jsontext_at(record, "time").p);
	char line[LINE], time[TIMES_TEXT];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_add(&t, "%s ", when == 0 ? "-" : times_show(when, time));
	if (!logfilter_is_decision(record)) {
		print_decision_other(record, &t);
	} else {
		print_decision_add(&t, "", record, "ref");
		print_decision_add(&t, " ", record, "hop");
		print_decision_add(&t, " ", record, "partner");
		text_add(&t, ": asked ");
		if (jsontext_at(record, "need").p == NULL)
			text_add(&t, "nothing");
		print_decision_add(&t, "", record, "need");
		text_add(&t, "; proven ");
		print_decision_proof(record, &t);
		text_add(&t, "; ");
		print_decision_so_far(&t, line, out);
		print_decision_verdict(record, &t, out);
		if (!slice_eq(jsontext_at(record, "reason"), SLICE("ok")))
			print_decision_add(&t, " ", record, "reason");
		text_add(&t, "; ");
		print_decision_so_far(&t, line, out);
		paint(out, print_decision_paint(record),
		    print_decision_done_word(record));
		print_decision_pardon(record, &t);
		print_decision_other_rule(record, &t);
		print_decision_mail(record, &t);
	}
	text_end(&t);
	fprintf(out, "%s\n", line);
}
