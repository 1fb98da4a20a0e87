/* SPDX-License-Identifier: BSD-2-Clause */
/* map - print the answer that Postfix gets for a next hop, and why */
#include "config.h"

#include <assert.h>
#include <jansson.h>
#include <time.h>

#include "conf/cmd/command.h"
#include "conf/file/listening.h"
#include "conf/file/read.h"
#include "policy/outbound/outbound.h"
#include "policy/staging.h"

struct map_options {
	struct outbound_question question;
	struct slice key;               /* as given */
	bool published;                 /* --published was given */
};

/* clang-format off */
static const struct option options[] = {
	{ "postfix-version", required_argument, NULL, 'v' },
	{ "published", required_argument, NULL, 'p' },
	{ NULL, 0, NULL, 0 }
};
/* clang-format on */

static const char misused[] = "takes one key, and a version such as 3.10";

static int
map_take_option(void *data, int option, struct err *e)
{
	struct map_options *out = data;
	struct outbound_question *question = &out->question;

	switch (option) {
	case 'v':
		if (listening_postfix_version(slice_of(optarg),
			&question->postfix_version))
			return 0;
		return err_set(e, "%s", misused);
	case 'p':
		question->published = slice_of(optarg);
		out->published = true;
		break;
	}
	return 0;
}

/* The partner's name; for a table line with only a profile, its key. */
static struct slice
map_name_of(const struct outbound_row *row)
{
	struct slice name = row->rule->partner->name;

	assert(name.p != NULL || row->row.key.p != NULL);
	return name.p == NULL ? row->row.key : name;
}

static const char *
map_why_text(const struct outbound_answer *answer)
{
	return answer->problem != NULL &&
	    answer->why == OUTBOUND_WHY_CONFLICT
	    ? answer->problem : outbound_why_text(answer->why);
}

static void
map_add_term(json_t *o, const struct term *term)
{
	char demand[600];

	demand_show(term->demand, demand, sizeof(demand));
	json_object_set_new(o, "need", jsontext_shown(slice_of(demand)));
	json_object_set_new(o, "stage", json_string(stage_name(term->stage)));
}

static json_t *
map_row_json(const struct outbound_row *row, bool for_people)
{
	const struct exception *exception = row->exception;
	json_t *o, *and;

	if (row->rule == NULL)
		return json_null();
	o = json_object();
	json_object_set_new(o, "partner", jsontext_shown(map_name_of(row)));
	json_object_set_new(o, "key", jsontext_shown(row->row.key));
	json_object_set_new(o, "rule", place_to_json(row->rule->place));
	map_add_term(o, &row->terms[0]);
	if (row->term_count > 1) {
		and = json_object();
		map_add_term(and, &row->terms[1]);
		json_object_set_new(o, "and", and);
	}
	json_object_set_new(o, "exception", exception == NULL ? json_null()
	    : jsontext_shown(exception->id));
	if (exception != NULL && for_people)
		json_object_set_new(o, "exception_floor",
		    json_string(level_name(exception->floor)));
	return o;
}

static json_t *
map_json(const struct map_options *asked,
    const struct outbound_answer *answer, bool for_people)
{
	json_t *o = json_object();

	json_object_set_new(o, "key", jsontext_shown(asked->key));
	json_object_set_new(o, "answer", jsontext_shown(
	    (struct slice){ answer->text, answer->n }));
	json_object_set_new(o, "why", json_string(map_why_text(answer)));
	json_object_set_new(o, "row", map_row_json(&answer->acting,
	    for_people));
	json_object_set_new(o, "other", map_row_json(&answer->second,
	    for_people));
	json_object_set_new(o, "not_yet",
	    map_row_json(&answer->rollout, for_people));
	return o;
}

static void
map_print_row(const char *what, const json_t *row, FILE *out)
{
	const json_t *and = json_object_get(row, "and");

	if (!json_is_object(row))
		return;
	fprintf(out, "%s%s (%s), key %s: %s, stage %s\n", what,
	    jsontext_at(row, "partner").p, jsontext_at(row, "rule").p,
	    jsontext_at(row, "key").p, jsontext_at(row, "need").p,
	    jsontext_at(row, "stage").p);
	if (and != NULL)
		fprintf(out, "         and %s, stage %s\n",
		    jsontext_at(and, "need").p, jsontext_at(and, "stage").p);
	if (jsontext_at(row, "exception").p != NULL)
		fprintf(out, "         exception %s: down to %s\n",
		    jsontext_at(row, "exception").p,
		    jsontext_at(row, "exception_floor").p);
}

static void
map_print(json_t *o, FILE *out)
{
	fprintf(out, "answer:  %s\n", jsontext_at(o, "answer").p);
	fprintf(out, "why:     %s\n", jsontext_at(o, "why").p);
	map_print_row("row:     ", json_object_get(o, "row"), out);
	map_print_row("and:     ", json_object_get(o, "other"), out);
	map_print_row("not yet: ", json_object_get(o, "not_yet"), out);
}

/* The published policy of a domain is looked up by the daemon alone. */
static void
map_print_note(const struct policy *policy, const struct map_options *asked,
    FILE *out)
{
	char text[300];

	if (policy->settings.published.p == NULL || asked->published ||
	    asked->question.key.form != OUTBOUND_FORM_HOST)
		return;
	slice_show(policy->settings.published, text, sizeof(text));
	fprintf(out, "note:    %s is looked up as well; its answer can only "
	    "add to\n         this (--published TEXT shows the "
	    "result)\n", text);
}

enum exit_status
cmd_map(struct invocation *invocation)
{
	struct map_options asked = { .question = { .now = time(NULL),
		.publication = PUBLICATION_NONE } };
	struct outbound_answer answer;
	struct policy *policy;
	struct state *state;
	enum exit_status status;

	if (!command_read(invocation, options, map_take_option, &asked,
		&status))
		return status;
	if (invocation->word_count != 1)
		return command_misused(invocation, "%s", misused);
	asked.key = slice_of(invocation->words[0]);
	outbound_key_read(asked.key, &asked.question.key);
	if (asked.published)
		asked.question.publication = PUBLICATION_TEXT;
	policy = command_policy_in_force(invocation);
	if (policy == NULL)
		return STATUS_FAILED;
	if (asked.published && policy->settings.published.p == NULL)
		policy->settings.published = SLICE("--published");
	state = command_apply_state(invocation, policy);
	asked.question.now = state_now(state, asked.question.now);
	outbound_answer(policy, &asked.question, &answer);
	command_answer(invocation, map_json(&asked, &answer,
	    !invocation->json), JSONTEXT_PAGE, map_print);
	if (!invocation->json)
		map_print_note(policy, &asked, invocation->out);
	state_destroy(&state);
	policy_destroy(&policy);
	return STATUS_GOOD;
}
