/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <sys/stat.h>

#include "tests/driver/script.h"

enum { STEPS = 64, FILE_LIMIT = 1 << 20 };

struct reader {
	struct script *script;
	bool postfix;
	unsigned line;
	struct err *e;
	struct policy_text *policy;     /* the one being read */
	struct session *session;        /* the one being read */
	struct shown *shown;            /* for the next rcpt */
};

static const char *const step_names[STEP_COUNT] = {
	[STEP_HELO] = "helo",
	[STEP_EHLO] = "ehlo",
	[STEP_STARTTLS] = "starttls",
	[STEP_AUTH] = "auth",
	[STEP_MAIL] = "mail",
	[STEP_RCPT] = "rcpt",
	[STEP_DATA] = "data",
	[STEP_HEADER] = "header",
	[STEP_RSET] = "rset",
	[STEP_NOOP] = "noop",
	[STEP_QUIT] = "quit",
	[STEP_UNKNOWN] = "unknown",
	[STEP_DROP] = "drop",
	[STEP_RELOAD] = "reload",
	[STEP_ABORT] = "abort",
};

const char *
step_name(enum step_kind kind)
{
	return step_names[kind];
}

const char *
answered_name(enum answered answered)
{
	static const char *const names[] = {
		[ANSWERED_NOTHING] = "nothing",
		[ANSWERED_ACCEPT] = "accept",
		[ANSWERED_TAG] = "accept tag",
		[ANSWERED_HOLD] = "accept hold",
		[ANSWERED_DEFER] = "defer",
		[ANSWERED_REJECT] = "reject",
		[ANSWERED_NONE] = "none",
	};

	return names[answered];
}

static int
complain(struct reader *r, const char *what, struct slice word)
{
	return err_at(r->e, r->script->path, r->line, "%s: '%.*s'", what,
	    SLICE_ARGS(word));
}

/* Removes the next word from *rest; false at the end. */
static bool
next_word(struct slice *rest, struct slice *word)
{
	size_t n = 0;

	*rest = slice_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	*word = slice_head(*rest, n);
	*rest = slice_trim(slice_from(*rest, n));
	return n > 0;
}

static int
read_want(struct reader *r, struct slice text, struct want *out)
{
	struct slice word, extra = SLICE_NONE;

	next_word(&text, &word);
	if (slice_eq(word, SLICE("accept"))) {
		out->what = ANSWERED_ACCEPT;
		if (!next_word(&text, &extra))
			return 0;
		if (slice_eq(extra, SLICE("tag")))
			out->what = ANSWERED_TAG;
		else if (slice_eq(extra, SLICE("hold")))
			out->what = ANSWERED_HOLD;
		else
			return complain(r, "neither tag nor hold", extra);
		return 0;
	}
	if (slice_eq(word, SLICE("none"))) {
		out->what = ANSWERED_NONE;
		return 0;
	}
	if (slice_eq(word, SLICE("reject")))
		out->what = ANSWERED_REJECT;
	else if (slice_eq(word, SLICE("defer")))
		out->what = ANSWERED_DEFER;
	else
		return complain(r, "no such answer", word);
	if (!next_word(&text, &out->code) || !next_word(&text, &out->enhanced)
	    || !next_word(&text, &out->reason))
		return complain(r, "needs code, enhanced code, reason", text);
	return 0;
}

/* The same, but "<...>" is one word up to a ">" that a blank follows. */
static bool
next_path(struct slice *rest, struct slice *word)
{
	size_t n = 0;

	*rest = slice_trim(*rest);
	if (rest->n == 0 || *rest->p != '<')
		return next_word(rest, word);
	while (n < rest->n && !(rest->p[n] == '>'
	    && (n + 1 == rest->n || rest->p[n + 1] == ' ')))
		n++;
	*word = slice_head(*rest, n + 1);
	*rest = slice_trim(slice_from(*rest, n + 1));
	return true;
}

/* Splits "<a@b> X=1 = accept" into words and the expected answer. */
static int
read_step(struct reader *r, struct step *step)
{
	struct arena *a = r->script->arena;
	struct slice rest = step->text, word;
	unsigned n = 0;

	while (next_path(&rest, &word)) {
		if (slice_eq(word, SLICE("=")))
			return read_want(r, rest, &step->want);
		if (n == WORDS)
			return complain(r, "too many words", word);
		step->words[n++] = arena_string(a, word);
	}
	if (step->kind == STEP_RCPT || step->kind == STEP_DATA)
		return complain(r, "no answer is wanted", step->text);
	return 0;
}

static int
add_step(struct reader *r, enum step_kind kind, struct slice text)
{
	struct session *s = r->session;
	struct step *step;

	if (s->step_count == STEPS)
		return complain(r, "too many steps", text);
	step = &s->steps[s->step_count++];
	step->kind = kind;
	step->line = r->line;
	step->text = text;
	if (kind == STEP_RCPT) {
		step->shown = r->shown;
		r->shown = NULL;
	}
	if (kind == STEP_HEADER || kind == STEP_UNKNOWN)
		return 0;
	return read_step(r, step);
}

static int
add_record(struct reader *r, struct slice text)
{
	struct session *s = r->session;
	struct step *step = NULL;

	if (s->step_count > 0)
		step = &s->steps[s->step_count - 1];
	if (step == NULL || step->kind != STEP_RCPT)
		return complain(r, "record without an rcpt above", text);
	step->records_given = true;
	if (slice_eq(text, SLICE("none")))
		return 0;
	if (step->record_count == RECORDS)
		return complain(r, "too many records", text);
	step->records[step->record_count++] = text;
	return 0;
}

static int
set_shown(struct reader *r, struct slice text)
{
	struct slice part[3], rest = text;
	unsigned n = 0;

	while (n < 3 && slice_next(&rest, '|', &part[n])) {
		part[n] = slice_trim(part[n]);
		if (slice_eq(part[n], SLICE("-")))
			part[n] = SLICE_NONE;
		n++;
	}
	/* An empty last part is removed together with the one before it. */
	if (n == 2 && slice_ends(text, SLICE("|")))
		part[n++] = SLICE("");
	if (n != 3)
		return complain(r, "not ADDR | HOST | MAILER", text);
	r->shown = arena_alloc(r->script->arena, sizeof(*r->shown));
	*r->shown = (struct shown){ part[0], part[1], part[2] };
	return 0;
}

static int
add_macro(struct reader *r, struct slice text)
{
	struct arena *a = r->script->arena;
	size_t eq = slice_find(text, '=');
	struct slice name = slice_trim(slice_head(text, eq));
	struct raw_macro *m = arena_alloc(a, sizeof(*m));

	m->name = name.n == 1 ? arena_string(a, name)
	    : arena_printf(a, "{%.*s}", SLICE_ARGS(name));
	if (eq < text.n)
		m->value = slice_from(text, eq + 1);
	m->next = r->session->client.macros;
	r->session->client.macros = m;
	r->session->not_by |= WAY_MTA;
	return 0;
}

static int
set_offer(struct reader *r, struct slice text)
{
	struct client *c = &r->session->client;
	struct arena *a = r->script->arena;
	struct slice actions, steps;

	if (!next_word(&text, &actions) || !next_word(&text, &steps))
		return complain(r, "offer needs ACTIONS STEPS", text);
	c->actions = (uint32_t)strtoul(arena_string(a, actions), NULL, 16);
	c->steps = (uint32_t)strtoul(arena_string(a, steps), NULL, 16);
	c->offered = true;
	r->session->not_by |= WAY_MTA;
	return 0;
}

static int
set_not(struct reader *r, struct slice text)
{
	static const struct { const char *name; unsigned way; } ways[] = {
		{ "unit", WAY_UNIT }, { "driver", WAY_DRIVER },
		{ "mta", WAY_MTA },
	};
	struct slice word;

	while (next_word(&text, &word)) {
		unsigned way = 0;

		for (size_t i = 0; i < 3; i++)
			if (slice_eq(word, slice_of(ways[i].name)))
				way = ways[i].way;
		if (way == 0)
			return complain(r, "no such way", word);
		r->session->not_by |= way;
	}
	return 0;
}

/* Puts the first word into one, and the second, if any, into two. */
static int
set_words(struct slice text, struct slice *one, struct slice *two)
{
	struct slice word;

	if (next_word(&text, &word))
		*one = word;
	if (two != NULL && next_word(&text, &word))
		*two = word;
	return 0;
}

static int
set_tls(struct client *c, struct slice text)
{
	struct slice word;

	next_word(&text, &word);
	if (slice_eq(word, SLICE("none")))
		return 0;
	c->tls = word;
	return set_words(text, &c->cipher, &c->bits);
}

/* Reads a fact about the client or session. Returns 1 if key is unknown. */
static int
set_fact(struct reader *r, struct slice key, struct slice text)
{
	struct session *s = r->session;
	struct client *c = &s->client;

	if (slice_eq(key, SLICE("only"))) {
		s->not_here = !slice_eq(text, r->postfix ? SLICE("postfix")
		    : SLICE("sendmail"));
		return 0;
	}
	if (slice_eq(key, SLICE("not")))
		return set_not(r, text);
	if (slice_eq(key, SLICE("client")))
		return set_words(text, &c->address, NULL);
	if (slice_eq(key, SLICE("listener")))
		return set_words(text, &c->listener, NULL);
	if (slice_eq(key, SLICE("tls")))
		return set_tls(c, text);
	if (slice_eq(key, SLICE("certificate")))
		return set_words(text, &c->certificate, &c->cn);
	if (slice_eq(key, SLICE("login")))
		return set_words(text, &c->login, &c->mechanism);
	if (slice_eq(key, SLICE("xclient")))
		return set_words(text, &c->xclient, &c->xclient_user);
	if (slice_eq(key, SLICE("macro")))
		return add_macro(r, text);
	if (slice_eq(key, SLICE("offer")))
		return set_offer(r, text);
	if (slice_eq(key, SLICE("opening"))) {
		c->opening_by_hand = slice_eq(text, SLICE("none"));
		return 0;
	}
	if (slice_eq(key, SLICE("local"))) {
		c->local = true;
		return 0;
	}
	return 1;
}

static int
begin_session(struct reader *r, struct slice label)
{
	struct arena *a = r->script->arena;
	struct session *s = arena_alloc(a, sizeof(*s)), **end;

	s->label = label;
	s->line = r->line;
	s->steps = arena_array(a, STEPS, sizeof(*s->steps));
	s->client.address = SLICE("127.0.0.1");
	s->client.listener = SLICE("mx");
	s->client.mechanism = SLICE("PLAIN");
	for (end = &r->script->sessions; *end != NULL; end = &(*end)->next)
		continue;
	*end = r->session = s;
	r->policy = NULL;
	r->shown = NULL;
	return 0;
}

static int
begin_policy(struct reader *r, struct slice name)
{
	struct policy_text *p = arena_alloc(r->script->arena, sizeof(*p));
	struct policy_text **end = &r->script->policies;

	while (*end != NULL)
		end = &(*end)->next;
	p->name = name;
	p->text = SLICE("");
	*end = r->policy = p;
	r->session = NULL;
	return 0;
}

static int
read_statement(struct reader *r, struct slice line)
{
	struct slice key, rest = line;
	int fact;

	next_word(&rest, &key);
	if (slice_eq(key, SLICE("policy")))
		return begin_policy(r, rest);
	if (slice_eq(key, SLICE("session")))
		return begin_session(r, rest);
	if (r->session == NULL)
		return complain(r, "not within a session", line);
	if (slice_eq(key, SLICE("record")))
		return add_record(r, rest);
	if (slice_eq(key, SLICE("shows")))
		return set_shown(r, rest);
	for (int i = 0; i < STEP_COUNT; i++)
		if (slice_eq(key, slice_of(step_names[i])))
			return add_step(r, (enum step_kind)i, rest);
	fact = set_fact(r, key, rest);
	if (fact == 1)
		return complain(r, "no such statement", key);
	if (fact == 0 && r->session->step_count > 0)
		return complain(r, "behind the first step", key);
	return fact;
}

static int
read_line(struct reader *r, struct slice line)
{
	struct slice s = slice_trim(line);

	if (s.n == 0 || *s.p == '#')
		return 0;
	if (slice_starts(s, SLICE("postfix: "))) {
		if (!r->postfix)
			return 0;
		s = slice_trim(slice_from(s, 9));
	} else if (slice_starts(s, SLICE("sendmail: "))) {
		if (r->postfix)
			return 0;
		s = slice_trim(slice_from(s, 10));
	}
	if (*s.p != '|')
		return read_statement(r, s);
	if (r->policy == NULL)
		return complain(r, "not within a policy", s);
	r->policy->text = slice_of(arena_printf(r->script->arena,
	    "%.*s%.*s\n", SLICE_ARGS(r->policy->text),
	    SLICE_ARGS(slice_from(s, 1))));
	return 0;
}

static struct slice
read_file(const char *path, struct arena *a, struct err *e)
{
	FILE *f = fopen(path, "r");
	char *text;
	size_t n;

	if (f == NULL) {
		err_errno(e, "%s", path);
		return SLICE_NONE;
	}
	text = arena_alloc(a, FILE_LIMIT);
	n = fread(text, 1, FILE_LIMIT, f);
	fclose(f);
	return (struct slice){ text, n };
}

struct script *
script_read(const char *path, bool postfix, struct err *e)
{
	struct script *script = xcalloc(1, sizeof(*script));
	struct reader r = { .script = script, .postfix = postfix, .e = e };
	struct slice rest, line;

	script->arena = arena_create(4096);
	script->path = arena_string(script->arena, slice_of(path));
	rest = read_file(path, script->arena, e);
	if (rest.p == NULL)
		goto fail;
	while (slice_next(&rest, '\n', &line)) {
		r.line++;
		if (read_line(&r, line) < 0)
			goto fail;
	}
	if (script->policies == NULL || script->sessions == NULL) {
		err_set(e, "%s: needs a policy and a session", path);
		goto fail;
	}
	return script;
fail:
	script_destroy(&script);
	return NULL;
}

void
script_destroy(struct script **script)
{
	if (*script == NULL)
		return;
	arena_destroy(&(*script)->arena);
	free(*script);
	*script = NULL;
}

const struct policy_text *
script_policy(const struct script *script, struct slice name)
{
	const struct policy_text *p = script->policies;

	while (p != NULL && !slice_eq(p->name, name))
		p = p->next;
	return p;
}
