/* SPDX-License-Identifier: BSD-2-Clause */
/* log - check that no line of the decision log was changed or removed */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "conf/base/digest.h"
#include "conf/cmd/command.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"

/* The chain up to a line: each line has the digest of the one before it. */
struct log_chain {
	char last[DIGEST_TEXT + 1];     /* digest of the last line; "" before
	                                 * the first */
	uint64_t lines;
	uint64_t broken;
	uint64_t heads;                 /* lines that begin a chain */
	uint64_t lost;                  /* records the daemon could not write,
	                                 * by its own count */
};

static void
log_report(const struct invocation *invocation, const struct logline *line,
    struct log_chain *c, const char *what)
{
	c->broken++;
	/* With --json, standard output holds one object. */
	fprintf(invocation->json ? invocation->err : invocation->out,
	    "%s:%lu: %s\n", line->file, line->number, what);
}

/* What is wrong with the link of a record to the line before it; or NULL. */
static const char *
log_check_link(const json_t *prev, struct log_chain *c)
{
	bool first = c->last[0] == '\0';

	if (json_is_null(prev)) {
		/* A log begins once. If it begins again, the lines before may
		 * be missing. */
		c->heads++;
		return first ? NULL : "a new chain begins here";
	}
	if (!json_is_string(prev))
		return "no prev";
	return first || strcmp(json_string_value(prev), c->last) == 0 ? NULL
	    : "the line before it was changed, or lines are missing";
}

static void
log_check_line(const struct invocation *invocation,
    const struct logline *line, struct log_chain *c)
{
	struct slice text = line->text;
	json_t *record = json_loadb(text.n == 0 ? "" : text.p, text.n, 0,
	    NULL);
	const char *wrong;

	c->lines++;
	if (!json_is_object(record)) {
		/* A line put in does not break the chain around it. */
		log_report(invocation, line, c, "not a JSON object");
		json_decref(record);
		return;
	}
	c->lost += (uint64_t)jsontext_number(record, "lost");
	wrong = log_check_link(json_object_get(record, "prev"), c);
	if (wrong != NULL)
		log_report(invocation, line, c, wrong);
	digest_text(text, c->last);
	json_decref(record);
}

static json_t *
log_json(const struct log_chain *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "lines", jsontext_count(c->lines));
	json_object_set_new(o, "broken", jsontext_count(c->broken));
	json_object_set_new(o, "lost", jsontext_count(c->lost));
	json_object_set_new(o, "whole", json_boolean(c->heads > 0));
	return o;
}

static void
log_print(json_t *o, FILE *out)
{
	long long lines = jsontext_number(o, "lines");
	bool whole = json_is_true(json_object_get(o, "whole"));

	fprintf(out, "%lld lines, %lld broken, %lld records lost%s\n", lines,
	    (long long)jsontext_number(o, "broken"),
	    (long long)jsontext_number(o, "lost"), whole || lines == 0 ? ""
	    : "; older files are missing: the first line is not checked "
	    "against the line before it");
}

static enum exit_status
log_verify(struct invocation *invocation, struct slice path)
{
	struct log_chain c = { .lines = 0 };
	struct logwalk *walk;
	struct logline line;
	struct err e;

	walk = logwalk_open(path, 0, &e);
	if (walk == NULL)
		return command_failed(invocation, &e);
	while (lines_next(logwalk_lines(walk), &line, &e))
		log_check_line(invocation, &line, &c);
	logwalk_close(&walk);
	if (e.text[0] != '\0')
		return command_failed(invocation, &e);
	assert(c.broken <= c.lines && c.heads <= c.lines);
	command_answer(invocation, log_json(&c), JSONTEXT_LINE, log_print);
	return c.broken > 0 ? STATUS_FINDINGS : STATUS_GOOD;
}

enum exit_status
cmd_log(struct invocation *invocation)
{
	struct policy *policy;
	enum exit_status status;

	if (!command_read(invocation, NULL, NULL, NULL, &status))
		return status;
	if (invocation->word_count < 1 || invocation->word_count > 2 ||
	    strcmp(invocation->words[0], "verify") != 0)
		return command_misused(invocation, "takes verify, and "
		    "optionally a file");
	if (invocation->word_count == 2)
		return log_verify(invocation, slice_of(invocation->words[1]));
	policy = command_policy(invocation, invocation->config);
	if (policy == NULL)
		return STATUS_FAILED;
	status = log_verify(invocation, policy->settings.decisions);
	policy_destroy(&policy);
	return status;
}
