/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfdef.h>

#include "tests/driver/play_daemon.h"
#include "tests/driver/lossy_reload.h"
#include "tests/driver/policyfile.h"

/* What the daemon logs when a new policy is in force. */
static const char in_force[] = "in force";

enum { RECORDS_MS = 3000, QUIET_MS = 20 };

static void
path_of(const struct caller *c, const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", c->folder, name);
}

static int
write_policy(struct caller *c, const struct policy_text *policy,
    struct err *e)
{
	struct surroundings around = { .folder = c->folder, .mta = c->mta };
	char path[512];

	path_of(c, "enforcetls.conf", path, sizeof(path));
	return policyfile_write(path, policy->text, &around, e);
}

int
caller_start(struct caller *c, const struct policy_text *policy,
    struct err *e)
{
	char conf[512], sock[512], log[512], kept[512];
	const char *const argv[] = { daemon_program(), "-f", "-c", conf,
		NULL };

	path_of(c, "enforcetls.conf", conf, sizeof(conf));
	path_of(c, "milter.sock", sock, sizeof(sock));
	path_of(c, "decisions.jsonl", log, sizeof(log));
	unlink(log);
	c->log_read = 0;
	if (write_policy(c, policy, e) < 0)
		return -1;
	/* It is to run this policy, also where that asks less. */
	path_of(c, "policy.kept", kept, sizeof(kept));
	unlink(kept);
	return daemon_start(&c->daemon, argv, sock, e);
}

int
caller_reload(struct caller *c, const struct policy_text *policy,
    struct err *e)
{
	char control[512];
	size_t from;

	if (write_policy(c, policy, e) < 0)
		return -1;
	daemon_read_output(&c->daemon);
	from = c->daemon.output_n;
	path_of(c, "control.sock", control, sizeof(control));
	if (lossy_reload(control, e) < 0)
		return -1;
	if (!daemon_printed(&c->daemon, from, in_force))
		return err_set(e, "no reload: %s", c->daemon.output != NULL
		    ? c->daemon.output + from : "");
	return 0;
}

int
caller_records(struct caller *c, struct play *p, struct err *e)
{
	char path[512];

	path_of(c, "decisions.jsonl", path, sizeof(path));
	return play_read_records(p, path, &c->log_read, e);
}

int
caller_stop(struct caller *c, struct err *e)
{
	int status = daemon_stop(&c->daemon, SIGTERM, e);

	if (status > 0)
		err_set(e, "the daemon ended with %d: %s", status,
		    c->daemon.output != NULL ? c->daemon.output : "");
	daemon_clear(&c->daemon);
	return status == 0 ? 0 : -1;
}

/* Sets the filter's macros to their current values in the world. */
static void
show_macros(struct play *p, bool at_end)
{
	struct caller *c = p->data;
	const struct raw_macro *raw = p->session->client.macros;

	for (size_t i = 0; i < p->world.count; i++) {
		const char *name = p->world.macros[i].name;
		bool hidden = at_end && !world_at_end(&p->world, name);

		filter_set_bytes(c->filter, name,
		    hidden ? SLICE_NONE : p->world.macros[i].value);
	}
	for (; raw != NULL; raw = raw->next)
		filter_set_bytes(c->filter, raw->name, raw->value);
}

static int
got_code(const struct answer *a, struct got *got, struct err *e)
{
	struct slice rest = slice_of(a->text), code, enhanced;

	slice_next(&rest, ' ', &code);
	slice_next(&rest, ' ', &enhanced);
	if (code.n != 3 || enhanced.n == 0 || (*code.p != '4'
	    && *code.p != '5'))
		return err_set(e, "a reply that is none: \"%s\"", a->text);
	got->what = *code.p == '5' ? ANSWERED_REJECT : ANSWERED_DEFER;
	snprintf(got->code, sizeof(got->code), "%.*s", SLICE_ARGS(code));
	snprintf(got->enhanced, sizeof(got->enhanced), "%.*s",
	    SLICE_ARGS(enhanced));
	snprintf(got->text, sizeof(got->text), "%.*s", SLICE_ARGS(rest));
	return 0;
}

static int
got_answer(const struct answer *a, struct got *got, struct err *e)
{
	switch (a->kind) {
	case 0:
	case SMFIR_CONTINUE:
		got->what = a->quarantined ? ANSWERED_HOLD
		    : a->headers > 0 ? ANSWERED_TAG : ANSWERED_ACCEPT;
		return 0;
	case SMFIR_REJECT:
		got->what = ANSWERED_REJECT;
		return 0;
	case SMFIR_TEMPFAIL:
		got->what = ANSWERED_DEFER;
		return 0;
	case SMFIR_REPLYCODE:
		return got_code(a, got, e);
	default:
		return err_set(e, "the filter answered '%c'", a->kind);
	}
}

static int
begin(struct play *p, struct err *e)
{
	struct caller *c = p->data;
	const struct client *client = &p->session->client;
	struct offer offer = { .actions = WIRE_ACTIONS, .steps = WIRE_STEPS,
		.postfix = p->postfix };
	const char *address = arena_string(p->arena, client->xclient.p != NULL
	    ? client->xclient : client->address);
	char where[512], host[128];
	struct answer a;

	if (client->offered) {
		offer.actions = client->actions;
		offer.steps = client->steps;
	}
	c->sent_mail = false;
	snprintf(where, sizeof(where), "unix:%s/milter.sock", c->folder);
	c->filter = filter_open(where, &offer, e);
	if (c->filter == NULL)
		return -1;
	show_macros(p, false);
	snprintf(host, sizeof(host), strcmp(address, "127.0.0.1") == 0
	    ? "localhost" : "[%s]", address);
	return filter_connect(c->filter, host, strchr(address, ':') != NULL
	    ? SMFIA_INET6 : SMFIA_INET, p->world.client_port, address, &a, e);
}

static int
helo(struct play *p, const struct step *s, struct err *e)
{
	struct caller *c = p->data;
	const char *name = s->words[0] != NULL ? s->words[0]
	    : "client.example";
	struct answer a;

	show_macros(p, false);
	if (filter_helo(c->filter, p->session->client.local ? "localhost"
	    : name, &a, e) < 0)
		return -1;
	if (a.kind != 0 && a.kind != SMFIR_CONTINUE)
		return err_set(e, "HELO was answered '%c'", a.kind);
	return 0;
}

/* The words of a MAIL or RCPT; of a local submission without brackets. */
static const char *const *
words_of(struct play *p, const struct step *s)
{
	struct slice path = slice_of(s->words[0]);
	const char **words;

	if (!p->session->client.local || !slice_starts(path, SLICE("<")))
		return s->words;
	words = arena_array(p->arena, 2, sizeof(*words));
	words[0] = arena_string(p->arena,
	    slice_head(slice_from(path, 1), path.n - 2));
	return words;
}

static int
mail(struct play *p, const struct step *s, struct err *e)
{
	struct caller *c = p->data;
	struct answer a;

	show_macros(p, false);
	if (filter_mail(c->filter, words_of(p, s), &a, e) < 0)
		return -1;
	c->sent_mail = (filter_terms(c->filter)->steps & SMFIP_NOMAIL) == 0;
	if (a.kind != 0 && a.kind != SMFIR_CONTINUE)
		return err_set(e, "MAIL was answered '%c'", a.kind);
	return 0;
}

static int
rcpt(struct play *p, const struct step *s, struct got *got, struct err *e)
{
	struct caller *c = p->data;
	struct answer a;

	show_macros(p, false);
	if (filter_rcpt(c->filter, words_of(p, s), &a, e) < 0)
		return -1;
	if (a.quarantined || a.headers > 0 || a.other > 0)
		return err_set(e, "RCPT changed the message");
	return got_answer(&a, got, e);
}

static int
send_headers(struct play *p, struct answer *a, struct err *e)
{
	struct caller *c = p->data;

	for (size_t i = 0; i < p->header_count && (a->kind == 0
	    || a->kind == SMFIR_CONTINUE); i++) {
		struct slice field = p->headers[i]->text;
		size_t colon = slice_find(field, ':');

		if (filter_header(c->filter,
		    arena_string(p->arena, slice_head(field, colon)),
		    arena_string(p->arena, slice_trim(slice_from(field,
		    colon + 1))), a, e) < 0)
			return -1;
	}
	return 0;
}

static bool
goes_on(const struct answer *a)
{
	return a->kind == 0 || a->kind == SMFIR_CONTINUE;
}

static int
message(struct play *p, struct got *got, struct err *e)
{
	struct caller *c = p->data;
	struct answer a = { 0 };

	show_macros(p, false);
	c->sent_mail = true;
	if (filter_data(c->filter, &a, e) < 0)
		return -1;
	if (world_has_proxy(&p->world) && goes_on(&a))
		return filter_abort(c->filter, e) < 0 ? -1
		    : got_answer(&a, got, e);
	show_macros(p, true);
	if (goes_on(&a) && send_headers(p, &a, e) < 0)
		return -1;
	if (goes_on(&a) && filter_header(c->filter, "Subject", "x", &a, e) < 0)
		return -1;
	if (goes_on(&a) && filter_eoh(c->filter, &a, e) < 0)
		return -1;
	if (goes_on(&a) && filter_body(c->filter, SLICE("hi\r\n"), &a, e) < 0)
		return -1;
	if (goes_on(&a) && filter_eom(c->filter, &a, e) < 0)
		return -1;
	c->sent_mail = false;
	if (a.other > 0)
		return err_set(e, "the message's body or envelope changed");
	return got_answer(&a, got, e);
}

static int
unknown(struct play *p, const struct step *s, struct err *e)
{
	struct caller *c = p->data;
	struct answer a;

	return filter_unknown(c->filter, arena_string(p->arena, s->text), &a,
	    e);
}

static int
abort_message(struct play *p, bool always, struct err *e)
{
	struct caller *c = p->data;

	/* Sendmail sends no abort to a filter without MAIL and DATA. */
	if (!p->postfix && !always && !c->sent_mail)
		return 0;
	c->sent_mail = false;
	return filter_abort(c->filter, e);
}

static int
reload(struct play *p, const struct policy_text *policy, struct err *e)
{
	return caller_reload(p->data, policy, e);
}

/* Returns how many records of this session were read so far. */
static size_t
records_here(const struct play *p)
{
	size_t i, n = 0;
	json_t *r;

	json_array_foreach(p->records, i, r)
		n += json_integer_value(json_object_get(r, "_number"))
		    == p->number;
	return n;
}

static int
end(struct play *p, size_t wanted, struct err *e)
{
	struct caller *c = p->data;
	double start = now_ms(), until = start + RECORDS_MS;
	struct timespec pause = { 0, 1000000 };

	filter_quit(&c->filter);
	/* Other sessions are recognised by their port, at any time. */
	if (p->world.client_port >= WORLD_PORT
	    && !p->session->client.offered)
		return 0;
	while (now_ms() < start + QUIET_MS
	    || (records_here(p) < wanted && now_ms() < until)) {
		if (caller_records(c, p, e) < 0)
			return -1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

const struct player daemon_player = {
	.way = WAY_DRIVER,
	.begin = begin,
	.helo = helo,
	.mail = mail,
	.rcpt = rcpt,
	.message = message,
	.unknown = unknown,
	.abort = abort_message,
	.reload = reload,
	.end = end,
};
