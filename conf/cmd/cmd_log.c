/* SPDX-License-Identifier: BSD-2-Clause */
/* log - show the decisions; check that no line of the decision log was changed
 * or removed; make its key */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "conf/audit/logfollow.h"
#include "conf/base/addresskey.h"
#include "conf/base/keyfile.h"
#include "conf/file/named_partner.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"
#include "conf/show/print_decision.h"
#include "conf/show/times.h"
#include "conf/tool/command.h"
#include "conf/tool/log_verify.h"
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
	struct err no_partner;          /* --partner names nobody of the
	                                 * policy; "": it does not */
	bool shown;                     /* a decision was */
	struct shortening hashed;       /* what filter borrows */
	bool no_codes;                  /* their key cannot be read */
};

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
log_show_line(const struct invocation *invocation, struct log_call *call,
    const struct logline *line)
{
	json_t *record;

	if (!logfilter_may_want(&call->filter, line->text))
		return;
	record = json_loadb(line->text.p, line->text.n, 0, NULL);
	if (!json_is_object(record))
		fprintf(invocation->err, "enforcetls: %s:%lu: not a record of "
		    "a decision\n", line->file, line->number);
	else if (logfilter_wants(&call->filter, record)) {
		call->shown |= jsontext_at(record, "partner").p != NULL;
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
    struct log_call *call, const char *path, unsigned long *live)
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
			log_show_line(invocation, call, &line);
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
log_follow(const struct invocation *invocation, struct log_call *call,
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
			log_show_line(invocation, call, &line);
		if (e.text[0] != '\0')
			return command_failed(invocation, &e);
		fflush(invocation->out);
		fflush(stdout);
		if (logfollow_next(follow, INT_MAX, &line, &e))
			log_show_line(invocation, call, &line);
		else
			return command_failed(invocation, &e);
	}
}

static enum exit_status
log_show_and_follow(const struct invocation *invocation,
    struct log_call *call, const char *path)
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

/* --partner takes a key too. */
static void
log_name_partner(const struct policy *policy, struct log_call *call)
{
	struct named_partner named;

	if (call->filter.partner == NULL)
		return;
	if (named_partner_find(policy, slice_of(call->filter.partner), &named,
		&call->no_partner) < 0)
		return;
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

/* A partner that has left is in the log, but a name that was mistyped must not
 * look like silence. */
static enum exit_status
log_answer_for_partner(const struct invocation *invocation,
    const struct log_call *call, enum exit_status status)
{
	if (call->no_partner.text[0] == '\0')
		return status;
	if (status == STATUS_GOOD && !call->shown && !call->follow)
		return command_failed(invocation, &call->no_partner);
	fprintf(invocation->err, "enforcetls: note: %s\n",
	    call->no_partner.text);
	return status;
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
	log_name_partner(policy, call);
	log_find_codes(invocation, &policy->settings, call);
	path = policy->settings.decisions;
	snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(path));
	if (path.n == 0 || path.n >= sizeof(name)) {
		err_set(&e, "no decision log is kept: set log.decisions");
		status = command_failed(invocation, &e);
	} else if (call->follow) {
		log_answer_for_partner(invocation, call, STATUS_GOOD);
		status = log_show_and_follow(invocation, call, name);
	} else {
		if (call->filter.since == 0 && call->filter.until == 0)
			call->filter.since = call->now - LOG_SHOWN;
		status = log_show_past(invocation, call, name, &live);
		status = log_answer_for_partner(invocation, call, status);
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
		return log_verify(invocation, call->key_path,
		    slice_of(invocation->words[1]));
	policy = command_policy_in_force(invocation);
	if (policy == NULL)
		return STATUS_FAILED;
	status = log_verify(invocation, call->key_path,
	    policy->settings.decisions);
	policy_destroy(&policy);
	return status;
}

/* clang-format off */
static const struct command_option options[] = {
	{ "key", "KEYFILE", 'k', "has the first key of a keyed log" },
	{ "since", "1h", 's', "from then on: 1h, 30d, 2026-03-31T18:00" },
	{ "until", "DATE", 'u', "up to then: 1h, 30d, 2026-03-31T18:00" },
	{ "partner", "PARTNER", 'p', "by this partner's rules" },
	{ "address", "ADDRESS", 'a', "this sender, recipient or login" },
	{ "hop", "HOP", 'H', "of this hop" },
	{ "client", "ADDRESS", 'c', "of this client, or range of them" },
	{ "failed", NULL, 'F', "that did not pass the rule" },
	{ "refused", NULL, 'r', "that was held, deferred or rejected" },
	{ "would-refuse", NULL, 'w', "that the rule would, if it acted" },
	{ "follow", NULL, 'f', "go on with what is logged from now on" },
	{ NULL, NULL, 0, NULL }
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
