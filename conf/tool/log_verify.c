/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "conf/tool/log_verify.h"
#include "conf/base/readwrite.h"
#include "conf/show/logwalk.h"
#include "conf/show/print_json.h"
#include "conf/tool/chain.h"
#include "conf/tool/removals.h"
#include "policy/base/jsontext.h"
#include "policy/base/text.h"

/* What `log verify` found out. */
struct log_check {
	const struct invocation *invocation;
	struct chain chain;
	char last_file[512];            /* that has a line */
	bool current_is_empty;          /* no line is in the file of the path */
};

static void
log_report(void *data, const struct logline *line, const char *what)
{
	const struct invocation *invocation = data;

	/* With --json, standard output holds one object. */
	fprintf(invocation->json ? invocation->err : invocation->out,
	    "%s:%lu: %s\n", line->file, line->number, what);
}

static int
log_add_key(struct chain *chain, struct slice word, struct err *e)
{
	if (word.n == 0)
		return 0;
	if (chain->first_count == CHAIN_KEYS)
		return err_set(e, "more than %d keys", CHAIN_KEYS);
	if (!logkey_from(word, 1, &chain->first[chain->first_count]))
		return err_set(e, "expected a first key on each line: %d "
		    "hexadecimal digits", LOGKEY_TEXT);
	chain->first_count++;
	return 0;
}

/* Reads the first keys, one on each line. */
static int
log_read_keys(const char *path, struct chain *chain, struct err *e)
{
	char text[CHAIN_KEYS * (LOGKEY_TEXT + 2) + 1];
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct slice rest, word;
	ssize_t n;
	int r = 0;

	if (fd < 0)
		return err_errno(e, "%s", path);
	n = read_all(fd, text, sizeof(text));
	if (n < 0)
		r = err_errno(e, "%s", path);
	rest = (struct slice){ text, n < 0 ? 0 : (size_t)n };
	while (r == 0 && slice_next(&rest, '\n', &word))
		r = log_add_key(chain, word, e);
	if (r == 0 && chain->first_count == 0)
		r = err_set(e, "%s has no key", path);
	if (!is_stdin)
		close(fd);
	explicit_bzero(text, sizeof(text));
	return r;
}

static json_t *
log_unproven(const struct log_check *check)
{
	const struct chain *c = &check->chain;
	json_t *list = json_array();
	char text[200];

	json_array_append_new(list, json_string("that no line is missing "
	    "behind the last one"));
	if (check->current_is_empty)
		json_array_append_new(list, json_string("that the newest file, "
		    "which is empty or missing, had no line"));
	if (c->keyed < c->lines || (c->keyed > 0 && c->first_count == 0))
		json_array_append_new(list, json_string(c->keyed == 0
		    ? "that nobody who may write the log has changed lines, "
		    "and all digests behind them: see log.key"
		    : c->first_count == 0 ? "the codes of the keyed lines: "
		    "give the first key with --key"
		    : "the lines that are not keyed"));
	if (c->proven > 0) {
		snprintf(text, sizeof(text), "the lines under key %lu, the "
		    "newest: who took the host can write them anew",
		    c->number);
		json_array_append_new(list, json_string(text));
	}
	if (c->keyed > 0 && c->from > 1 &&
	    removals_count(&c->removals) == 0) {
		snprintf(text, sizeof(text), "the files of the keys before "
		    "%lu, which are missing", c->from);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *
log_json(const struct log_check *check)
{
	const struct chain *c = &check->chain;
	json_t *o = json_object(), *removed = removals_explain(&c->removals);

	json_object_set_new(o, "lines", jsontext_count(c->lines));
	json_object_set_new(o, "broken", jsontext_count(c->broken));
	json_object_set_new(o, "lost", jsontext_count(c->lost));
	json_object_set_new(o, "whole", json_boolean(c->heads > 0 ||
	    json_is_true(json_object_get(removed, "whole"))));
	json_object_set_new(o, "removed", removed == NULL ? json_null()
	    : removed);
	json_object_set_new(o, "keyed", jsontext_count(c->keyed));
	json_object_set_new(o, "proven", jsontext_count(c->proven));
	json_object_set_new(o, "unproven", log_unproven(check));
	return o;
}

/* What log.keep has removed. */
static void
log_print_removed(const json_t *removed, FILE *out)
{
	long long lines = jsontext_number(removed, "lines");

	if (!json_is_object(removed))
		return;
	fprintf(out, "removed by log.keep on %.10s: %lld record%s from %s to "
	    "%s\n", jsontext_at(removed, "date").p == NULL ? "?"
	    : jsontext_at(removed, "date").p, lines, text_plural(lines),
	    jsontext_at(removed, "first").p == NULL ? "?"
	    : jsontext_at(removed, "first").p,
	    jsontext_at(removed, "last").p == NULL ? "?"
	    : jsontext_at(removed, "last").p);
}

static void
log_print(json_t *o, FILE *out)
{
	long long lines = jsontext_number(o, "lines");
	long long keyed = jsontext_number(o, "keyed");
	long long lost = jsontext_number(o, "lost");
	bool whole = json_is_true(json_object_get(o, "whole"));
	const json_t *text;
	size_t i;

	fprintf(out, "%lld line%s, %lld broken, %lld record%s lost%s\n", lines,
	    text_plural(lines), (long long)jsontext_number(o, "broken"), lost,
	    text_plural(lost), whole || lines == 0 ? ""
	    : json_is_object(json_object_get(o, "removed"))
	    ? "; older files are missing that log.keep did not remove"
	    : "; older files are missing: the first line is not checked "
	    "against the line before it");
	log_print_removed(json_object_get(o, "removed"), out);
	if (keyed > 0)
		fprintf(out, "%lld line%s keyed, %lld of them proven\n", keyed,
		    text_plural(keyed),
		    (long long)jsontext_number(o, "proven"));
	json_array_foreach(json_object_get(o, "unproven"), i, text)
		fprintf(out, "not proven: %s\n", json_string_value(text));
}

/* Where log.keep removes files, somebody else who does so is a finding. */
static void
log_check_begin(struct log_check *check, FILE *out)
{
	struct chain *c = &check->chain;
	json_t *removed;

	if (c->heads > 0 || removals_count(&c->removals) == 0)
		return;
	removed = removals_explain(&c->removals);
	if (removed == NULL) {
		c->broken++;
		fprintf(out, "lines are missing before the first one that "
		    "log.keep did not remove\n");
	}
	json_decref(removed);
}

/* With the key, what is missing from the log as a whole is a finding. */
static void
log_check_whole(struct log_check *check, struct slice path)
{
	struct chain *c = &check->chain;
	FILE *out = check->invocation->json ? check->invocation->err
	    : check->invocation->out;

	check->current_is_empty =
	    !slice_eq(slice_of(check->last_file), path);
	log_check_begin(check, out);
	if (c->first_count == 0)
		return;
	if (c->keyed == 0) {
		c->broken++;
		fprintf(out, "%.*s: no line is keyed\n", SLICE_ARGS(path));
	} else if (check->current_is_empty) {
		/* The daemon begins each file with a line. */
		c->broken++;
		fprintf(out, "%.*s: has no line: it was emptied or removed\n",
		    SLICE_ARGS(path));
	}
}

static enum exit_status
log_verify_lines(struct log_check *check, struct slice path)
{
	const struct invocation *invocation = check->invocation;
	struct chain *c = &check->chain;
	struct logline line;
	struct logwalk *walk;
	struct err e;

	walk = logwalk_open(path, 0, &e);
	if (walk == NULL)
		return command_failed(invocation, &e);
	while (lines_next(logwalk_lines(walk), &line, &e)) {
		chain_check(c, &line, log_report,
		    (void *)(uintptr_t)invocation);
		snprintf(check->last_file, sizeof(check->last_file), "%s",
		    line.file);
	}
	logwalk_close(&walk);
	if (e.text[0] != '\0')
		return command_failed(invocation, &e);
	log_check_whole(check, path);
	command_answer(invocation, log_json(check), JSONTEXT_LINE, log_print);
	return c->broken > 0 ? STATUS_FINDINGS : STATUS_GOOD;
}

enum exit_status
log_verify(const struct invocation *invocation, const char *key_path,
    struct slice path)
{
	struct log_check check = { .invocation = invocation };
	enum exit_status status;
	struct err e;

	if (key_path != NULL &&
	    log_read_keys(key_path, &check.chain, &e) < 0)
		status = command_failed(invocation, &e);
	else
		status = log_verify_lines(&check, path);
	chain_clear(&check.chain);
	return status;
}
