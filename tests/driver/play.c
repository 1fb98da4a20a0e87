/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdarg.h>

#include "tests/driver/play.h"
#include "policy/base/lang.h"

static void fail(struct play *p, const struct step *s, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

static void
fail(struct play *p, const struct step *s, const char *format, ...)
{
	va_list list;

	p->failed++;
	fprintf(stderr, "%s:%u: %s: \"%.*s\": ", p->script->path,
	    s != NULL ? s->line : p->session->line, p->how,
	    SLICE_ARGS(p->session->label));
	if (s != NULL)
		fprintf(stderr, "%s %.*s: ", step_name(s->kind),
		    SLICE_ARGS(s->text));
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
}

static void
compare(struct play *p, const struct step *s, const struct got *got)
{
	const struct want *w = &s->want;

	if (w->what == ANSWERED_NOTHING)
		return;
	if (got->what != w->what)
		fail(p, s, "wanted %s, got %s %s %s", answered_name(w->what),
		    answered_name(got->what), got->code, got->text);
	else if (w->code.p != NULL
	    && (!slice_eq(w->code, slice_of(got->code))
	    || !slice_eq(w->enhanced, slice_of(got->enhanced))))
		fail(p, s, "wanted %.*s %.*s, got %s %s %s",
		    SLICE_ARGS(w->code), SLICE_ARGS(w->enhanced), got->code,
		    got->enhanced, got->text);
	else if (w->reason.p != NULL && strstr(got->text,
	    arena_string(p->arena, w->reason)) == NULL)
		fail(p, s, "wanted the word %.*s, got \"%s\"",
		    SLICE_ARGS(w->reason), got->text);
}

/* --- the MTA's action on each command --- */

static int
abandon(struct play *p, bool always, struct err *e)
{
	int result = 0;

	if ((p->in_message || always) && p->player->abort != NULL)
		result = p->player->abort(p, always, e);
	if (p->in_message)
		world_message_over(&p->world);
	p->in_message = false;
	return result;
}

static int
do_helo(struct play *p, const struct step *s, struct err *e)
{
	if (abandon(p, false, e) < 0)
		return -1;
	world_helo(&p->world);
	return p->player->helo == NULL ? 0 : p->player->helo(p, s, e);
}

static int
do_starttls(struct play *p, struct err *e)
{
	/* Postfix accepts STARTTLS within a message and discards the message;
		 * Sendmail answers 503 (FACTS 31). */
	if (p->in_message && !p->postfix)
		return 0;
	if (abandon(p, false, e) < 0)
		return -1;
	if (!world_starttls(&p->world))
		return err_set(e, "no such tls version or certificate");
	return 0;
}

static int
do_mail(struct play *p, const struct step *s, struct err *e)
{
	world_message_over(&p->world);
	world_mail(&p->world, s->words[0]);
	p->in_message = true;
	p->header_count = 0;
	return p->player->mail == NULL ? 0 : p->player->mail(p, s, e);
}

static int
do_rcpt(struct play *p, const struct step *s, struct err *e)
{
	struct got got = { 0 };

	world_rcpt(&p->world, s->words[0], s->shown);
	if (p->player->rcpt(p, s, &got, e) < 0)
		return -1;
	if (got.what == ANSWERED_ACCEPT)
		world_rcpt_accepted(&p->world);
	compare(p, s, &got);
	return 0;
}

static int
do_data(struct play *p, const struct step *s, struct err *e)
{
	struct got got = { 0 };

	if (p->world.accepted == 0) {
		got.what = ANSWERED_NONE;
		compare(p, s, &got);
		return 0;
	}
	if (p->player->message(p, &got, e) < 0)
		return -1;
	compare(p, s, &got);
	world_message_over(&p->world);
	p->in_message = false;
	p->header_count = 0;
	return 0;
}

static int
do_reload(struct play *p, const struct step *s, struct err *e)
{
	const struct policy_text *policy = script_policy(p->script,
	    slice_of(s->words[0]));

	if (policy == NULL)
		return err_set(e, "no policy of this name");
	return p->player->reload(p, policy, e);
}

static int
do_header(struct play *p, const struct step *s, struct err *e)
{
	if (p->header_count == COUNT_OF(p->headers))
		return err_set(e, "too many header fields");
	p->headers[p->header_count++] = s;
	return 0;
}

static int
do_step(struct play *p, const struct step *s, struct err *e)
{
	switch (s->kind) {
	case STEP_HELO:
	case STEP_EHLO:
		return do_helo(p, s, e);
	case STEP_STARTTLS:
		return do_starttls(p, e);
	case STEP_AUTH:
		world_auth(&p->world);
		return 0;
	case STEP_MAIL:
		return do_mail(p, s, e);
	case STEP_RCPT:
		return do_rcpt(p, s, e);
	case STEP_DATA:
		return do_data(p, s, e);
	case STEP_HEADER:
		return do_header(p, s, e);
	case STEP_RSET:
	case STEP_QUIT:
	case STEP_DROP:
		return abandon(p, false, e);
	case STEP_NOOP:
		return 0;
	case STEP_UNKNOWN:
		p->unknown_seen = true;
		return p->player->unknown == NULL ? 0
		    : p->player->unknown(p, s, e);
	case STEP_RELOAD:
		return do_reload(p, s, e);
	case STEP_ABORT:
		return abandon(p, true, e);
	case STEP_COUNT:
		break;
	}
	return err_set(e, "no such step");
}

/* --- a whole session --- */

static int
open_session(struct play *p, struct err *e)
{
	static const struct step ehlo = { .kind = STEP_EHLO };
	const struct client *c = &p->session->client;
	bool wrapper = slice_eq(c->listener, SLICE("wrapper"));

	if (!world_begin(&p->world, c, p->postfix, p->number, p->arena))
		return err_set(e, "no such listener");
	/* On a wrapper port Postfix negotiates TLS before it calls the filter,
	 * Sendmail after. A proxy's TLS is older than the filter's session. */
	if (c->tls.p != NULL && ((wrapper && p->postfix)
	    || c->xclient.p != NULL) && !world_starttls(&p->world))
		return err_set(e, "no such tls version or certificate");
	if (p->player->begin != NULL && p->player->begin(p, e) < 0)
		return -1;
	if (wrapper && !p->postfix && !world_starttls(&p->world))
		return err_set(e, "no such tls version or certificate");
	if (c->xclient.p != NULL)
		world_auth(&p->world);
	if (c->opening_by_hand)
		return 0;
	if (do_helo(p, &ehlo, e) < 0)
		return -1;
	if (c->tls.p != NULL && !wrapper && c->xclient.p == NULL
	    && !c->local && (do_starttls(p, e) < 0
	    || do_helo(p, &ehlo, e) < 0))
		return -1;
	if (c->login.p != NULL)
		world_auth(&p->world);
	return 0;
}

static size_t
records_wanted(const struct session *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->step_count; i++)
		n += s->steps[i].record_count;
	return n;
}

static int
run(struct play *p, const struct step **at, struct err *e)
{
	const struct session *s = p->session;

	*at = NULL;
	if (open_session(p, e) < 0)
		return -1;
	for (size_t i = 0; i < s->step_count; i++) {
		*at = &s->steps[i];
		if (do_step(p, *at, e) < 0)
			return -1;
		if ((*at)->kind == STEP_QUIT || (*at)->kind == STEP_DROP)
			break;
	}
	*at = NULL;
	/* Postfix sends one more abort at the end of a session with an unknown
		 * command, with or without a message. */
	return abandon(p, p->postfix && p->unknown_seen, e);
}

/* --- the records a session left --- */

static struct slice
without_brackets(const char *text)
{
	struct slice s = slice_of(text);

	if (slice_starts(s, SLICE("<")) && slice_ends(s, SLICE(">")))
		return slice_head(slice_from(s, 1), s.n - 2);
	return s;
}

/* Returns the session of a record, by the client's port, which is unique; for a
 * session without a port, the one that has just ended. */
static unsigned
number_of(const struct play *p, json_t *record)
{
	json_t *port = json_object_get(record, "client_port");
	long n = json_is_string(port)
	    ? strtol(json_string_value(port), NULL, 10)
	    : (long)json_integer_value(port);

	return n < WORLD_PORT ? p->number : (unsigned)(n - WORLD_PORT);
}

int
play_read_records(struct play *p, const char *path, size_t *from,
    struct err *e)
{
	static char line[65536];
	int result = 0;
	FILE *f;

	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	fseek(f, (long)*from, SEEK_SET);
	while (result == 0 && fgets(line, sizeof(line), f) != NULL) {
		size_t n = strlen(line);
		json_error_t why;
		json_t *record;

		if (n == 0 || line[n - 1] != '\n')
			break;
		*from += n;
		record = json_loads(line, 0, &why);
		if (record == NULL) {
			result = err_set(e, "not JSON (%s): %s", why.text,
			    line);
			break;
		}
		json_object_set_new(record, "_number",
		    json_integer(number_of(p, record)));
		json_array_append_new(p->records, record);
	}
	fclose(f);
	return result;
}

/* Whether record is of the nth RCPT, by its ref, of that recipient. */
static bool
is_of(const struct play *p, json_t *record, const struct step *s)
{
	const char *wanted_ref = NULL, *ref;
	unsigned before = 0, seen = 0;
	json_t *r;
	size_t i;

	for (const struct step *t = p->session->steps; t < s; t++)
		if (t->kind == STEP_RCPT
		    && strcmp(t->words[0], s->words[0]) == 0)
			before++;
	json_array_foreach(p->records, i, r) {
		const char *to = json_string_value(json_object_get(r,
		    "recipient"));

		ref = json_string_value(json_object_get(r, "ref"));
		if (to == NULL || ref == NULL || !slice_eq(
		    without_brackets(to), without_brackets(s->words[0]))
		    || json_integer_value(json_object_get(r, "_number"))
		    != p->number)
			continue;
		if (wanted_ref == NULL || strcmp(ref, wanted_ref) != 0) {
			wanted_ref = ref;
			seen++;
		}
		if (seen == before + 1 && r == record)
			return true;
	}
	return false;
}

/* Returns the value of a key in the record or in its proof, as FORMAT
 * has it. */
static void
show_value(json_t *record, const char *key, char *out, size_t size)
{
	json_t *v = json_object_get(record, key);

	if (v == NULL)
		v = json_object_get(json_object_get(record, "proof"), key);
	if (json_is_string(v))
		snprintf(out, size, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(out, size, "%lld",
		    (long long)json_integer_value(v));
	else
		snprintf(out, size, "%s", json_is_true(v) ? "true"
		    : json_is_false(v) ? "false" : "null");
}

/* "%20" as a blank. */
static void
decode(struct slice s, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n + 1 < size; i++)
		if (slice_starts(slice_from(s, i), SLICE("%20"))) {
			out[n++] = ' ';
			i += 2;
		} else {
			out[n++] = s.p[i];
		}
	out[n] = '\0';
}

/* Returns the first key of want whose value differs in record, or NULL. */
static const char *
differs(struct play *p, json_t *record, struct slice want)
{
	struct slice rest = want, pair;

	while (slice_next(&rest, ' ', &pair)) {
		size_t eq = slice_find(pair, '=');
		const char *key = arena_string(p->arena,
		    slice_head(pair, eq));
		char wanted[512], has[512];

		if (pair.n == 0)
			continue;
		decode(slice_from(pair, eq + 1), wanted, sizeof(wanted));
		show_value(record, key, has, sizeof(has));
		if (strcmp(wanted, has) != 0)
			return arena_printf(p->arena, "%s=%s", key, has);
	}
	return NULL;
}

static void
check_record(struct play *p, const struct step *s, struct slice want)
{
	const char *nearest = NULL;
	json_t *record;
	size_t i;

	json_array_foreach(p->records, i, record) {
		const char *different;

		if (!is_of(p, record, s))
			continue;
		/* Each record is wanted once: two lines that are the same
		 * want two records. */
		if (json_object_get(record, "_found") != NULL)
			continue;
		different = differs(p, record, want);
		if (different == NULL) {
			json_object_set_new(record, "_found", json_true());
			return;
		}
		nearest = different;
	}
	fail(p, s, "wanted record %.*s, got %s", SLICE_ARGS(want),
	    nearest != NULL ? nearest : "no other record of this recipient");
}

static void
check_records(struct play *p, const struct step *s)
{
	size_t count = 0, i;
	json_t *record;

	json_array_foreach(p->records, i, record)
		count += is_of(p, record, s);
	if (count != s->record_count)
		fail(p, s, "wanted %u records, got %zu", s->record_count,
		    count);
	for (unsigned n = 0; n < s->record_count; n++)
		check_record(p, s, s->records[n]);
}

bool
play_can(const struct play *p)
{
	const struct session *s = p->session;

	return !s->not_here && (s->not_by & p->player->way) == 0;
}

unsigned
play_session(struct play *p)
{
	const struct step *at = NULL;
	struct err e = { 0 };

	p->failed = 0;
	p->in_message = p->unknown_seen = false;
	p->header_count = 0;
	if (run(p, &at, &e) < 0)
		fail(p, at, "%s", e.text);
	if (p->player->end(p, records_wanted(p->session), &e) < 0)
		fail(p, NULL, "%s", e.text);
	return p->failed;
}

unsigned
play_records(struct play *p)
{
	p->failed = 0;
	for (size_t i = 0; i < p->session->step_count; i++)
		if (p->session->steps[i].records_given)
			check_records(p, &p->session->steps[i]);
	return p->failed;
}
