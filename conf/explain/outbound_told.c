/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/explain/outbound_told.h"
#include "policy/base/jsontext.h"
#include "policy/base/text.h"
#include "policy/names/address.h"
#include "policy/outbound/outbound.h"

enum { LINE = 2048, SHOWN = 300 };

/* Adds text as one word of a shell. */
static void
told_add_word(struct text *line, struct slice text)
{
	text_add(line, " '");
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\'')
			text_add(line, "'\\''");
		else
			text_byte(line, text.p[i]);
	text_byte(line, '\'');
}

/* posttls-finger(1) does not know Postfix's words for the host it connects to:
 * only a next hop in brackets tells that host. */
static void
told_add_server_name(struct text *line, struct slice value,
    struct slice next_hop)
{
	bool word = slice_eq(value, SLICE("hostname")) ||
	    slice_eq(value, SLICE("nexthop"));

	if (word && slice_starts(next_hop, SLICE("[")))
		value = slice_head(slice_from(next_hop, 1),
		    slice_find(slice_from(next_hop, 1), ']'));
	else if (word)
		return;
	text_add(line, " -s");
	told_add_word(line, value);
}

/* Adds what an attribute of the answer is for posttls-finger(1); the names to
 * match come last, behind the next hop. */
static void
told_add_attribute(struct text *line, struct slice attribute,
    struct slice next_hop, struct slice *match)
{
	size_t at = slice_find(attribute, '=');
	struct slice name = slice_head(attribute, at);
	struct slice value = slice_from(attribute, at + 1);

	if (slice_eq(name, SLICE("match")))
		*match = value;
	else if (slice_eq(name, SLICE("protocols"))) {
		text_add(line, " -p");
		told_add_word(line, value);
	} else if (slice_eq(name, SLICE("ciphers"))) {
		text_add(line, " -g");
		told_add_word(line, value);
	} else if (slice_eq(name, SLICE("servername")))
		told_add_server_name(line, value, next_hop);
}

/* Names are separated by colons; digests, which have some, by bars. */
static void
told_add_match(struct text *line, struct slice level, struct slice match)
{
	bool digests = slice_eq(level, SLICE("fingerprint"));

	while (match.n > 0) {
		size_t n = slice_find(match, digests ? '|' : ':');

		told_add_word(line, slice_head(match, n));
		match = slice_from(match, n + 1);
	}
}

/* The command for an answer "OK LEVEL [NAME=VALUE]..."; NULL when Postfix would
 * use no TLS policy. */
static const char *
told_command(const struct outbound_answer *answer, struct slice next_hop,
    char *out, size_t size)
{
	struct slice rest = { answer->text, answer->n }, level;
	struct slice match = SLICE_NONE;
	struct text line;
	size_t n;

	if (answer->kind != OUTBOUND_OK)
		return NULL;
	rest = slice_from(rest, strlen("OK "));
	level = slice_head(rest, slice_find(rest, ' '));
	text_init(&line, out, size);
	text_add(&line, "posttls-finger -c -F \"$(postconf -xh "
	    "smtp_tls_CAfile)\" -P \"$(postconf -xh smtp_tls_CApath)\" "
	    "-l %.*s%s", SLICE_ARGS(level),
	    slice_eq(level, SLICE("fingerprint")) ? " -d sha256" : "");
	for (rest = slice_from(rest, level.n + 1); rest.n > 0;
	     rest = slice_from(rest, n + 1)) {
		n = slice_find(rest, ' ');
		told_add_attribute(&line, slice_head(rest, n), next_hop,
		    &match);
	}
	told_add_word(&line, next_hop);
	told_add_match(&line, level, match);
	text_end(&line);
	return out;
}

static void
told_append(json_t *list, const struct policy *policy, struct slice next_hop,
    int64_t now)
{
	struct outbound_question question = { .now = now,
		.publication = PUBLICATION_NONE };
	struct outbound_answer answer;
	char line[LINE];
	json_t *o;

	outbound_key_read(next_hop, &question.key);
	outbound_answer(policy, &question, &answer);
	if (answer.acting.rule == NULL && answer.rollout.rule == NULL &&
	    answer.kind != OUTBOUND_TEMP)
		return;
	o = json_object();
	json_object_set_new(o, "next_hop", jsontext_shown(next_hop));
	json_object_set_new(o, "answer", jsontext_shown(
	    (struct slice){ answer.text, answer.n }));
	json_object_set_new(o, "why", json_string(answer.problem != NULL
	    ? answer.problem : outbound_why_text(answer.why)));
	json_object_set_new(o, "try", jsontext_exact(slice_of(told_command(
	    &answer, next_hop, line, sizeof(line)))));
	json_array_append_new(list, o);
}

json_t *
outbound_told_json(const struct policy *policy, const struct request *request,
    int64_t now)
{
	struct slice route = macros_get(&request->macros, MACRO_RCPT_HOST);
	struct slice recipient = request->recipient;
	json_t *list = json_array();

	if (!table_has_hop(policy->table, HOP_OUTBOUND))
		return list;
	if (route.n == 0)
		route = slice_from(recipient, slice_rfind(recipient, '@') + 1);
	/* Postfix has several next hops in one route, split by commas. */
	while (route.n > 0) {
		size_t n = slice_find(route, ',');
		struct slice next_hop = slice_trim(slice_head(route, n));

		if (next_hop.n > 0)
			told_append(list, policy, next_hop, now);
		route = slice_from(route, n + 1);
	}
	return list;
}

void
outbound_told_print(const json_t *list, FILE *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		fprintf(out, "\non its way to %s, Postfix is told\n  %s\n"
		    "  %-9s %s\n", jsontext_at(one, "next_hop").p,
		    jsontext_at(one, "answer").p, "why",
		    jsontext_at(one, "why").p);
		if (jsontext_at(one, "try").p != NULL)
			fprintf(out, "  %-9s %s\n", "try",
			    jsontext_at(one, "try").p);
	}
}
