/* SPDX-License-Identifier: BSD-2-Clause */
/* log - checks that no line of the decision log was changed or taken out */
#include "config.h"

#include <jansson.h>

#include "conf/base/digest.h"
#include "conf/cmd/command.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"

/* What has been checked so far. */
struct checking {
	char last[DIGEST_TEXT + 1];     /* of the line before; "" at first */
	unsigned long long lines;
	unsigned long long broken;
	unsigned long long heads;       /* lines that begin a chain */
	unsigned long long lost;        /* records that the daemon says are
	                                 * missing: the disk was full */
};

static void
log_report(const struct invocation *invocation, const struct logline *line,
    struct checking *c, const char *what)
{
	c->broken++;
	/* Standard output is one object with --json. */
	fprintf(invocation->json ? invocation->err : invocation->out,
	    "%s:%lu: %s\n", line->file, line->number, what);
}

static void
log_check_line(const struct invocation *invocation,
    const struct logline *line, struct checking *c)
{
	struct slice text = line->text;
	json_t *record = json_loadb(text.n == 0 ? "" : text.p, text.n, 0,
	    NULL);
	const json_t *prev = json_object_get(record, "prev");

	c->lines++;
	if (!json_is_object(record)) {
		/* What was put in does not break the chain around it. */
		log_report(invocation, line, c, "not a JSON object");
		json_decref(record);
		return;
	}
	c->lost += (unsigned long long)jsontext_number(record, "lost");
	if (json_is_null(prev)) {
		/* A log begins once; again in the middle, lines before it
		 * may be gone. */
		c->heads++;
		if (c->last[0] != '\0')
			log_report(invocation, line, c, "a new chain begins "
			    "here");
	} else if (!json_is_string(prev))
		log_report(invocation, line, c, "no prev");
	else if (c->last[0] != '\0' &&
	    strcmp(json_string_value(prev), c->last) != 0)
		log_report(invocation, line, c, "the line before it was "
		    "changed, or lines are missing");
	digest_text(text, c->last);
	json_decref(record);
}

static json_t *
log_json(const struct checking *c)
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
	struct checking c = { .lines = 0 };
	struct logwalk *walk;
	struct logline line;
	struct err e;

	walk = logwalk_open(path, 0, invocation->err, &e);
	if (walk == NULL)
		return command_failed(invocation, &e);
	while (lines_next(logwalk_lines(walk), &line, &e))
		log_check_line(invocation, &line, &c);
	logwalk_close(&walk);
	if (e.text[0] != '\0')
		return command_failed(invocation, &e);
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
