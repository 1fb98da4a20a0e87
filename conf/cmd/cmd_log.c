/* SPDX-License-Identifier: BSD-2-Clause */
/* log - show the decisions; check that no line of the decision log was changed
 * or removed; make its key */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "conf/audit/logfollow.h"
#include "conf/base/addresskey.h"
#include "conf/base/keyfile.h"
#include "conf/base/readwrite.h"
#include "conf/file/named_partner.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"
#include "conf/show/print_decision.h"
#include "conf/show/times.h"
#include "conf/tool/chain.h"
#include "conf/tool/command.h"
#include "conf/tool/service_user.h"
#include "policy/audit/logfilter.h"

/* What is shown when no time is given. */
enum { LOG_SHOWN = 86400 };

struct log_call {
	const char *key_path;           /* "-": standard input; or NULL */
	int64_t now;                    /* seconds since 1970 */
	struct logfilter filter;
	char partner[512];              /* of the filter */
	bool filtered;                  /* an option of the list was given */
	bool follow;                    /* -f */
	struct shortening hashed;       /* what filter borrows */
	bool no_codes;                  /* their key cannot be read */
};

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
	if (!json_is_object(removed))
		return;
	fprintf(out, "removed by log.keep on %.10s: %lld records from %s to "
	    "%s\n", jsontext_at(removed, "date").p == NULL ? "?"
	    : jsontext_at(removed, "date").p,
	    (long long)jsontext_number(removed, "lines"),
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
	bool whole = json_is_true(json_object_get(o, "whole"));
	const json_t *text;
	size_t i;

	fprintf(out, "%lld lines, %lld broken, %lld records lost%s\n", lines,
	    (long long)jsontext_number(o, "broken"),
	    (long long)jsontext_number(o, "lost"), whole || lines == 0 ? ""
	    : json_is_object(json_object_get(o, "removed"))
	    ? "; older files are missing that log.keep did not remove"
	    : "; older files are missing: the first line is not checked "
	    "against the line before it");
	log_print_removed(json_object_get(o, "removed"), out);
	if (keyed > 0)
		fprintf(out, "%lld lines keyed, %lld of them proven\n", keyed,
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

static enum exit_status
log_verify(const struct invocation *invocation, const struct log_call *call,
    struct slice path)
{
	struct log_check check = { .invocation = invocation };
	enum exit_status status;
	struct err e;

	if (call->key_path != NULL &&
	    log_read_keys(call->key_path, &check.chain, &e) < 0)
		status = command_failed(invocation, &e);
	else
		status = log_verify_lines(&check, path);
	chain_clear(&check.chain);
	return status;
}

static void
log_print_key(json_t *o, FILE *out)
{
	fprintf(out, "%s\n", jsontext_at(o, "first_key").p);
}

/* Makes the key as the daemon's user, who has to read it. */
static int
log_make_key(const struct policy *policy, char digits[LOGKEY_TEXT + 1],
    struct err *e)
{
	struct slice path = policy->settings.log_key;
	struct logkey key;
	char name[4096];
	int r;

	if (path.n == 0 || path.n >= sizeof(name))
		return err_set(e, "the policy names no key: set log.key");
	snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(path));
	if (service_user_become(policy, e) < 0 || logkey_make(&key, e) < 0)
		return -1;
	logkey_show(&key, digits);
	r = keyfile_create(name, (uid_t)-1, (gid_t)-1, &key, e);
	logkey_erase(&key);
	return r;
}

static enum exit_status
log_new_key(struct invocation *invocation)
{
	/* Of the file, which names the key before it is loaded. */
	struct policy *policy = command_policy(invocation,
	    invocation->config);
	char digits[LOGKEY_TEXT + 1];
	enum exit_status status = STATUS_GOOD;
	struct err e;
	json_t *o;

	if (policy == NULL)
		return STATUS_FAILED;
	if (log_make_key(policy, digits, &e) < 0)
		status = command_failed(invocation, &e);
	else {
		o = json_object();
		json_object_set_new(o, "first_key", json_string(digits));
		command_answer(invocation, o, JSONTEXT_LINE, log_print_key);
		fputs("enforcetls: this is the first key of the log, and is "
		    "shown only now: keep it on another host, and nowhere on "
		    "this one; then reload the daemon\n", invocation->err);
	}
	explicit_bzero(digits, sizeof(digits));
	policy_destroy(&policy);
	return status;
}

/* Shows a line if it is wanted. What is no record is reported. */
static void
log_show_line(const struct invocation *invocation,
    const struct logfilter *filter, const struct logline *line)
{
	json_t *record;

	if (!logfilter_may_want(filter, line->text))
		return;
	record = json_loadb(line->text.p, line->text.n, 0, NULL);
	if (!json_is_object(record))
		fprintf(invocation->err, "enforcetls: %s:%lu: not a record of "
		    "a decision\n", line->file, line->number);
	else if (logfilter_wants(filter, record)) {
		if (invocation->json)
			print_json(record, JSONTEXT_LINE, invocation->out);
		else
			print_decision(record, invocation->out);
	}
	json_decref(record);
}

/* Shows what is logged by now. *live is how many lines of it the file at path
 * has. What cannot be read is reported, and the rest is shown. */
static enum exit_status
log_show_past(const struct invocation *invocation,
    const struct log_call *call, const char *path, unsigned long *live)
{
	struct logwalk *walk;
	struct logline line;
	enum exit_status status = STATUS_GOOD;
	struct err e;

	*live = 0;
	walk = logwalk_open(slice_of(path), call->filter.since, &e);
	if (walk == NULL)
		return command_failed(invocation, &e);
	for (;;) {
		if (lines_next(logwalk_lines(walk), &line, &e)) {
			if (strcmp(line.file, path) == 0)
				*live = line.number;
			log_show_line(invocation, &call->filter, &line);
		} else if (e.text[0] == '\0')
			break;
		else
			status = command_failed(invocation, &e);
	}
	logwalk_close(&walk);
	return status;
}

/* Shows what is logged from now on, until the command is ended or its output is
 * closed. */
static enum exit_status
log_follow(const struct invocation *invocation, const struct log_call *call,
    struct logfollow *follow)
{
	struct logline line;
	struct err e = { .text = "" };

	for (;;) {
		/* Whoever reads it wants each line now. */
		fflush(invocation->out);
		if (fflush(stdout) != 0)
			return STATUS_FAILED;
		while (logfollow_next(follow, 0, &line, &e))
			log_show_line(invocation, &call->filter, &line);
		if (e.text[0] != '\0')
			return command_failed(invocation, &e);
		fflush(invocation->out);
		fflush(stdout);
		if (logfollow_next(follow, INT_MAX, &line, &e))
			log_show_line(invocation, &call->filter, &line);
		else
			return command_failed(invocation, &e);
	}
}

static enum exit_status
log_show_and_follow(const struct invocation *invocation,
    const struct log_call *call, const char *path)
{
	struct logfollow *follow = logfollow_open(path);
	enum exit_status status;
	unsigned long live = 0;

	/* Without a time only what is new; a log may also not exist yet. */
	if (call->filter.since == 0)
		logfollow_skip_all(follow);
	else if (access(path, F_OK) == 0) {
		log_show_past(invocation, call, path, &live);
		logfollow_skip(follow, live);
	}
	status = log_follow(invocation, call, follow);
	logfollow_close(&follow);
	return status;
}

/* --partner takes a key too. A partner that has left is in the log, but a name
 * that was mistyped must not look like silence. */
static void
log_name_partner(const struct invocation *invocation,
    const struct policy *policy, struct log_call *call)
{
	struct named_partner named;
	struct err e;

	if (call->filter.partner == NULL)
		return;
	if (named_partner_find(policy, slice_of(call->filter.partner), &named,
		&e) < 0) {
		fprintf(invocation->err, "enforcetls: note: %s\n", e.text);
		return;
	}
	snprintf(call->partner, sizeof(call->partner), "%.*s",
	    SLICE_ARGS(named.name));
	call->filter.partner = call->partner;
}

/* Has --address, and a row of an address, find codes too. Who asks what is
 * stored of somebody must not take a part of it for all, so a key that cannot
 * be read is an error. */
static void
log_find_codes(const struct invocation *invocation,
    const struct settings *settings, struct log_call *call)
{
	char path[ADDRESSKEY_PATH];
	struct err e;

	if (call->filter.address.n == 0 && (call->filter.partner == NULL ||
	    strchr(call->filter.partner, '@') == NULL))
		return;
	addresskey_path(settings, path);
	if (addresskey_read(path, false, &call->hashed, &e) == 0) {
		call->filter.hashed = &call->hashed;
		return;
	}
	if (settings->addresses != ADDRESSES_HASHED &&
	    access(path, F_OK) < 0 && errno == ENOENT)
		return;                 /* there never was a code */
	call->no_codes = true;
	fprintf(invocation->err, "enforcetls: %s: records with a code in "
	    "place of the address are not found\n", e.text);
}

static enum exit_status
log_list(struct invocation *invocation, struct log_call *call)
{
	struct policy *policy = command_policy_in_force(invocation);
	struct slice path;
	enum exit_status status;
	unsigned long live;
	char name[PATH_MAX];
	struct err e;

	if (policy == NULL)
		return STATUS_FAILED;
	log_name_partner(invocation, policy, call);
	log_find_codes(invocation, &policy->settings, call);
	path = policy->settings.decisions;
	snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(path));
	if (path.n == 0 || path.n >= sizeof(name)) {
		err_set(&e, "no decision log is kept: set log.decisions");
		status = command_failed(invocation, &e);
	} else if (call->follow)
		status = log_show_and_follow(invocation, call, name);
	else {
		if (call->filter.since == 0 && call->filter.until == 0)
			call->filter.since = call->now - LOG_SHOWN;
		status = log_show_past(invocation, call, name, &live);
	}
	policy_destroy(&policy);
	return call->no_codes ? STATUS_FAILED : status;
}

static int
log_take_filter(struct logfilter *filter, int64_t now, int option,
    struct err *e)
{
	switch (option) {
	case 's':
		return times_read(slice_of(optarg), now, &filter->since, e);
	case 'u':
		return times_read(slice_of(optarg), now, &filter->until, e);
	case 'p':
		filter->partner = optarg;
		return 0;
	case 'a':
		filter->address = slice_of(optarg);
		return filter->address.n > 0 ? 0 : err_set(e, "--address is "
		    "an address or a login name");
	case 'H':
		filter->has_hop = hop_from(slice_of(optarg), &filter->hop);
		return filter->has_hop ? 0 : err_set(e, "--hop is inbound, "
		    "entry, earlier or outbound");
	case 'c':
		filter->has_client = netrange_from(slice_of(optarg),
		    &filter->client);
		return filter->has_client ? 0 : err_set(e, "--client is an "
		    "address, or a range such as 192.0.2.0/24");
	case 'F':
		filter->failed = true;
		return 0;
	case 'r':
		filter->refused = true;
		return 0;
	case 'w':
		filter->would_refuse = true;
		return 0;
	}
	return 0;
}

static int
log_take(void *data, int option, struct err *e)
{
	struct log_call *call = data;

	if (option == 'k') {
		call->key_path = optarg;
		return 0;
	}
	call->filtered = true;
	if (option == 'f') {
		call->follow = true;
		return 0;
	}
	return log_take_filter(&call->filter, call->now, option, e);
}

static enum exit_status
log_verify_named(struct invocation *invocation, const struct log_call *call)
{
	struct policy *policy;
	enum exit_status status;

	if (invocation->word_count == 2)
		return log_verify(invocation, call,
		    slice_of(invocation->words[1]));
	policy = command_policy(invocation, invocation->config);
	if (policy == NULL)
		return STATUS_FAILED;
	status = log_verify(invocation, call, policy->settings.decisions);
	policy_destroy(&policy);
	return status;
}

/* clang-format off */
static const struct option options[] = {
	{ "key", required_argument, NULL, 'k' },
	{ "since", required_argument, NULL, 's' },
	{ "until", required_argument, NULL, 'u' },
	{ "partner", required_argument, NULL, 'p' },
	{ "address", required_argument, NULL, 'a' },
	{ "hop", required_argument, NULL, 'H' },
	{ "client", required_argument, NULL, 'c' },
	{ "failed", no_argument, NULL, 'F' },
	{ "refused", no_argument, NULL, 'r' },
	{ "would-refuse", no_argument, NULL, 'w' },
	{ "follow", no_argument, NULL, 'f' },
	{ NULL, 0, NULL, 0 }
};
/* clang-format on */

/* What is wrong with the options of the list; or NULL. */
static const char *
log_misused(const struct log_call *call)
{
	const struct logfilter *f = &call->filter;

	if (f->until != 0 && f->until < f->since)
		return "--until is before --since";
	if (f->until != 0 && call->follow)
		return "-f goes on until it is ended: without --until";
	if (f->failed + f->refused + f->would_refuse > 1)
		return "takes one of --failed, --refused and --would-refuse";
	return NULL;
}

enum exit_status
cmd_log(struct invocation *invocation)
{
	struct log_call call = { .now = time(NULL) };
	enum exit_status status;

	invocation->letters = "f";
	if (!command_read(invocation, options, log_take, &call, &status))
		return status;
	if (log_misused(&call) != NULL)
		return command_misused(invocation, "%s", log_misused(&call));
	if (invocation->word_count == 0 && call.key_path == NULL)
		return log_list(invocation, &call);
	if (invocation->word_count == 1 && call.key_path == NULL &&
	    !call.filtered && strcmp(invocation->words[0], "new-key") == 0)
		return log_new_key(invocation);
	if (invocation->word_count < 1 || invocation->word_count > 2 ||
	    call.filtered || strcmp(invocation->words[0], "verify") != 0)
		return command_misused(invocation, "takes options alone, or "
		    "verify, and optionally a file, or new-key");
	return log_verify_named(invocation, &call);
}
