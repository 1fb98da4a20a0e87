/* SPDX-License-Identifier: BSD-2-Clause */
/* log - checks that no line of the decision log was changed or taken out */
#include "config.h"

#include <jansson.h>

#include "conf/base/digest.h"
#include "conf/cmd/command.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"
#include "conf/show/print_json.h"

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
	c->lost += (unsigned long long)json_integer_value(
	    json_object_get(record, "lost"));
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
		    "changed, or lines are gone");
	digest_text(text, c->last);
	json_decref(record);
}

static void
log_print_json(const struct checking *c, FILE *out)
{
	json_t *o = json_object();

	json_object_set_new(o, "lines", jsontext_count(c->lines));
	json_object_set_new(o, "broken", jsontext_count(c->broken));
	json_object_set_new(o, "lost", jsontext_count(c->lost));
	json_object_set_new(o, "whole", json_boolean(c->heads > 0));
	print_json(o, JSONTEXT_LINE, out);
	json_decref(o);
}

static enum answer
log_verify(struct invocation *invocation, struct slice path)
{
	struct checking c = { .lines = 0 };
	struct logwalk *walk;
	struct logline line;
	struct err e;

	walk = logwalk_open(path, 0, invocation->err, &e);
	if (walk == NULL) {
		fprintf(invocation->err, "enforcetls: %s\n", e.text);
		return ANSWER_CANNOT;
	}
	while (lines_next(logwalk_lines(walk), &line, &e))
		log_check_line(invocation, &line, &c);
	logwalk_close(&walk);
	if (e.text[0] != '\0') {
		fprintf(invocation->err, "enforcetls: %s: %s\n", e.file,
		    e.text);
		return ANSWER_CANNOT;
	}
	if (invocation->json)
		log_print_json(&c, invocation->out);
	else
		fprintf(invocation->out, "%llu lines, %llu broken, %llu "
		    "records lost%s\n", c.lines, c.broken, c.lost, c.heads > 0 || c.lines == 0 ? ""
		    : "; older files are gone: the first line's own past is "
		    "not checked");
	return c.broken > 0 ? ANSWER_FINDINGS : ANSWER_GOOD;
}

enum answer
cmd_log(struct invocation *invocation)
{
	struct policy *policy;
	enum answer answer;

	if (!command_read(invocation, NULL, NULL, NULL, &answer))
		return answer;
	if (invocation->word_count < 1 || invocation->word_count > 2 ||
	    strcmp(invocation->words[0], "verify") != 0)
		return command_misused(invocation, "verify, and perhaps a "
		    "file");
	if (invocation->word_count == 2)
		return log_verify(invocation, slice_of(invocation->words[1]));
	policy = command_policy(invocation, invocation->config);
	if (policy == NULL)
		return ANSWER_CANNOT;
	answer = log_verify(invocation, policy->settings.decisions);
	policy_destroy(&policy);
	return answer;
}
