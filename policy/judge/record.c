/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <time.h>

#include "policy/judge/record.h"

enum {
	/* No value is longer in the log: a line has at most 24 of them. */
	VALUE = 600,
	/* Room kept free so that a value's last escape always fits. */
	ESCAPE = 12
};

/* A buffer that can be filled but not overrun. */
struct text {
	char *at;
	char *end;                      /* one before the last, for NUL */
};

static void
put(struct text *t, struct slice s)
{
	size_t room = (size_t)(t->end - t->at);

	if (s.n > room)
		s.n = room;
	if (s.n > 0)
		memcpy(t->at, s.p, s.n);
	t->at += s.n;
}

static void
put_byte(struct text *t, char c)
{
	if (t->at < t->end)
		*t->at++ = c;
}

static void
put_number(struct text *t, long n)
{
	char digits[24];

	put(t, (struct slice){ digits,
		(size_t)snprintf(digits, sizeof(digits), "%ld", n) });
}

static char
hex(unsigned digit)
{
	return "0123456789abcdef"[digit & 15];
}

static void
put_u(struct text *t, unsigned unit)
{
	put(t, SLICE("\\u"));
	put_byte(t, hex(unit >> 12));
	put_byte(t, hex(unit >> 8));
	put_byte(t, hex(unit >> 4));
	put_byte(t, hex(unit));
}

/*
 * The code point at the head of s and how many bytes it takes; 0 when they are
 * not UTF-8 (overlong forms, surrogates and what lies past U+10FFFF are not).
 */
static size_t
code_point(struct slice s, unsigned *out)
{
	static const struct {
		unsigned char mask, head;
		unsigned least;
	} shapes[] = { { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 } };

	for (size_t k = 0; k < 3; k++) {
		unsigned char first = (unsigned char)s.p[0];
		unsigned point;

		if ((first & shapes[k].mask) != shapes[k].head || s.n < k + 2)
			continue;
		point = first & (unsigned char)~shapes[k].mask;
		for (size_t i = 1; i < k + 2; i++) {
			unsigned char c = (unsigned char)s.p[i];

			if ((c & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (c & 0x3f);
		}
		if (point < shapes[k].least || point > 0x10ffff ||
		    (point >= 0xd800 && point <= 0xdfff))
			return 0;
		*out = point;
		return k + 2;
	}
	return 0;
}

/* A byte that is no text, as the text \xHH. */
static void
put_octet(struct text *t, unsigned char c)
{
	put(t, SLICE("\\\\x"));
	put_byte(t, hex(c >> 4));
	put_byte(t, hex(c));
}

/* Writes the character at the head of s; returns how many bytes it was. */
static size_t
put_character(struct text *t, struct slice s)
{
	unsigned char c = (unsigned char)s.p[0];
	unsigned point;
	size_t n;

	if (c == '"' || c == '\\') {
		put_byte(t, '\\');
		put_byte(t, (char)c);
		return 1;
	}
	if (c >= 0x20 && c < 0x7f) {
		put_byte(t, (char)c);
		return 1;
	}
	/* Readers of JSON may refuse a whole record for one \u0000. */
	if (c == 0) {
		put_octet(t, c);
		return 1;
	}
	if (c < 0x80) {
		put_u(t, c);
		return 1;
	}
	n = code_point(s, &point);
	if (n == 0) {
		put_octet(t, c);
		return 1;
	}
	if (point >= 0x10000) {
		point -= 0x10000;
		put_u(t, 0xd800 + (point >> 10));
		put_u(t, 0xdc00 + (point & 0x3ff));
	} else
		put_u(t, point);
	return n;
}

/* How many characters at the head of s stand in JSON as they are. */
static size_t
plain_run(struct slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f && s.p[n] != '"' &&
	    s.p[n] != '\\')
		n++;
	return n;
}

static void
put_quoted(struct text *t, struct slice s)
{
	char *limit = t->at + VALUE;

	put_byte(t, '"');
	while (s.n > 0) {
		size_t run;

		if (t->at + ESCAPE > limit) {
			put(t, SLICE("..."));
			break;
		}
		run = plain_run(slice_head(s,
		    (size_t)(limit - ESCAPE - t->at) + 1));
		if (run > 0)
			put(t, slice_head(s, run));
		else
			run = put_character(t, s);
		s = slice_from(s, run);
	}
	put_byte(t, '"');
}

static void
put_string(struct text *t, struct slice s)
{
	if (s.p == NULL)
		put(t, SLICE("null"));
	else
		put_quoted(t, s);
}

/* A word of ours, or null for none. */
static void
put_word(struct text *t, const char *word)
{
	put_string(t, slice_of(word));
}

/* A fact: its text, false when it was seen to be absent, null unknown. */
static void
put_fact(struct text *t, const struct fact *fact)
{
	switch (fact->proof) {
	case PROOF_PRESENT:
		put_quoted(t, fact->text);
		return;
	case PROOF_ABSENT:
		put(t, SLICE("false"));
		return;
	case PROOF_UNKNOWN:
		break;
	}
	put(t, SLICE("null"));
}

static void
put_proof_word(struct text *t, enum proof proof, const char *present)
{
	switch (proof) {
	case PROOF_PRESENT:
		put(t, slice_of(present));
		return;
	case PROOF_ABSENT:
		put(t, SLICE("false"));
		return;
	case PROOF_UNKNOWN:
		break;
	}
	put(t, SLICE("null"));
}

static void
put_proof(struct text *t, const struct evidence *e)
{
	if (e == NULL) {
		put(t, SLICE("null"));
		return;
	}
	put(t, SLICE("{\"tls\":"));
	if (e->tls == PROOF_PRESENT && e->version_text.p != NULL)
		put_quoted(t, e->version_text);
	else
		put_proof_word(t, e->tls, "true");
	put(t, SLICE(",\"cipher\":"));
	put_string(t, e->cipher);
	put(t, SLICE(",\"bits\":"));
	if (e->bits > 0)
		put_number(t, e->bits);
	else
		put(t, SLICE("null"));
	put(t, SLICE(",\"verified\":"));
	put_proof_word(t, e->verified, "true");
	put(t, SLICE(",\"peer\":"));
	put_fact(t, &e->peer);
	put(t, SLICE(",\"subject\":"));
	put_fact(t, &e->subject);
	put(t, SLICE(",\"issuer\":"));
	put_fact(t, &e->issuer);
	put(t, SLICE(",\"fingerprint\":"));
	put_fact(t, &e->fingerprint);
	put(t, SLICE(",\"source\":"));
	put_word(t, source_name(e->source));
	put_byte(t, '}');
}

/* RFC 3339, UTC, milliseconds. */
static struct slice
show_time(int64_t time_ms, char out[40])
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm tm;
	size_t n;

	if (gmtime_r(&seconds, &tm) == NULL)
		return SLICE_NONE;
	n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(out + n, 40 - n, ".%03dZ",
	    (int)(time_ms % 1000));
	return (struct slice){ out, n };
}

static struct slice
show_place(const struct place *place, char *out, size_t size)
{
	int n;

	if (place->file == NULL)
		return SLICE_NONE;
	n = snprintf(out, size, "%s:%u", place->file, place->line);
	if (n < 0)
		return SLICE_NONE;
	return slice_head((struct slice){ out, (size_t)n }, size - 1);
}

/* The client's address in its one spelling, or what came instead of one. */
static struct slice
show_client(const struct request *request, char out[64])
{
	struct netaddr client = request_client(request);

	if (client.family == 0)
		return macros_get(&request->macros, MACRO_CLIENT_ADDR);
	return slice_of(netaddr_show(&client, out, 64));
}

static void
put_session(struct text *t, const struct record *r)
{
	const struct macros *m = &r->request->macros;
	char shown[64];

	put(t, SLICE(",\"client_addr\":"));
	put_string(t, show_client(r->request, shown));
	put(t, SLICE(",\"client_port\":"));
	put_string(t, macros_get(m, MACRO_CLIENT_PORT));
	put(t, SLICE(",\"client_name\":"));
	put_string(t, macros_get(m, MACRO_CLIENT_NAME));
	put(t, SLICE(",\"login\":"));
	if (r->decision->proof != NULL)
		put_fact(t, &r->decision->proof->login);
	else
		put(t, SLICE("null"));
}

/* An address without the brackets it was typed with. */
static struct slice
bare(struct slice path)
{
	if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
		return slice_head(slice_from(path, 1), path.n - 2);
	return path;
}

/* The sender as the MTA resolved it, or as it was typed. */
static struct slice
sender_of(const struct request *request)
{
	if (macros_has(&request->macros, MACRO_MAIL_ADDR))
		return macros_get(&request->macros, MACRO_MAIL_ADDR);
	return bare(request->sender);
}

static void
put_envelope(struct text *t, const struct request *request)
{
	const struct macros *m = &request->macros;

	put(t, SLICE(",\"sender\":"));
	put_string(t, sender_of(request));
	put(t, SLICE(",\"recipient\":"));
	put_string(t, bare(request->recipient));
	put(t, SLICE(",\"rcpt_addr\":"));
	put_string(t, macros_get(m, MACRO_RCPT_ADDR));
	put(t, SLICE(",\"rcpt_host\":"));
	put_string(t, macros_get(m, MACRO_RCPT_HOST));
	put(t, SLICE(",\"mailer\":"));
	put_string(t, macros_get(m, MACRO_RCPT_MAILER));
}

static void
put_rule(struct text *t, const struct decision *d)
{
	char shown[VALUE];
	struct slice need = SLICE_NONE;

	put(t, SLICE(",\"destination\":"));
	put_string(t, d->destination);
	put(t, SLICE(",\"hop\":"));
	put_word(t, hop_name(d->hop));
	put(t, SLICE(",\"partner\":"));
	put_string(t, d->partner);
	put(t, SLICE(",\"rule\":"));
	put_string(t, show_place(&d->place, shown, sizeof(shown)));
	put(t, SLICE(",\"need\":"));
	if (d->rule != NULL)
		need = (struct slice){ shown,
			demand_show(&d->rule->demand, shown, sizeof(shown)) };
	put_string(t, need);
	put(t, SLICE(",\"proof\":"));
	put_proof(t, d->proof);
}

static void
put_watch(struct text *t, const struct decision *d)
{
	put(t, SLICE(",\"watch\":"));
	if (d->rule == NULL || d->rule->watch == NULL) {
		put(t, SLICE("null"));
		return;
	}
	put(t, SLICE("{\"verdict\":"));
	put_word(t, verdict_name(d->watch.verdict));
	put(t, SLICE(",\"reason\":"));
	put_word(t, reason_name(d->watch.reason));
	put_byte(t, '}');
}

static void
put_finding(struct text *t, const struct record *r)
{
	const struct decision *d = r->decision;

	put(t, SLICE(",\"reason\":"));
	put_word(t, reason_name(d->finding.reason));
	put(t, SLICE(",\"verdict\":"));
	put_word(t, verdict_name(d->finding.verdict));
	put(t, SLICE(",\"stage\":"));
	put_word(t, stage_name(d->stage));
	put(t, SLICE(",\"planned\":"));
	put_word(t, action_name(d->planned));
	put(t, SLICE(",\"applied\":"));
	put_word(t, action_name(r->applied));
	put(t, SLICE(",\"mode\":"));
	put_word(t, mode_name(r->mode));
	put(t, SLICE(",\"exempt\":"));
	put_word(t, exempt_name(d->exempt));
	put_watch(t, d);
	put(t, SLICE(",\"exception\":"));
	put_string(t, d->exception);
}

/* What the candidate would have done, and by which of its rules. */
static void
put_candidate(struct text *t, const struct ruling *ruling)
{
	char shown[VALUE];

	put(t, SLICE(",\"candidate\":"));
	if (ruling == NULL) {
		put(t, SLICE("null"));
		return;
	}
	put(t, SLICE("{\"applied\":"));
	put_word(t, action_name(ruling->applied));
	if (ruling->speaks != NULL) {
		put(t, SLICE(",\"partner\":"));
		put_string(t, ruling->speaks->partner);
		put(t, SLICE(",\"hop\":"));
		put_word(t, hop_name(ruling->speaks->hop));
		put(t, SLICE(",\"rule\":"));
		put_string(t, show_place(&ruling->speaks->place, shown,
		    sizeof(shown)));
		put(t, SLICE(",\"reason\":"));
		put_word(t, reason_name(ruling->speaks->finding.reason));
	}
	put_byte(t, '}');
}

/* The reply as the client saw it, in one string; "" when there was none. */
static struct slice
show_reply(const struct reply *reply, char *out, size_t size)
{
	int n;

	if (reply == NULL)
		return SLICE_NONE;
	n = snprintf(out, size, "%s %s %s", reply->code, reply->enhanced,
	    reply->text);
	return slice_head((struct slice){ out, (size_t)n }, size - 1);
}

size_t
record_json(const struct record *r, char *out, size_t size)
{
	struct text t = { out, out + size - 1 };
	char shown[LIMIT_REPLY + 32], time[40];

	put(&t, SLICE("{\"time\":"));
	put_string(&t, show_time(r->time_ms, time));
	put(&t, SLICE(",\"ref\":"));
	put_string(&t, r->request->ref);
	put(&t, SLICE(",\"outcome\":"));
	put_word(&t, outcome_name(r->outcome));
	put(&t, SLICE(",\"queue_id\":"));
	put_string(&t, r->queue_id);
	put(&t, SLICE(",\"mta\":"));
	put_word(&t, dialect_name(r->request->dialect));
	put(&t, SLICE(",\"session\":"));
	put_string(&t, r->session);
	put(&t, SLICE(",\"listener\":"));
	put_word(&t, listener_kind_name(r->listener));
	put_session(&t, r);
	put_envelope(&t, r->request);
	put_rule(&t, r->decision);
	put_finding(&t, r);
	put_candidate(&t, r->candidate);
	put(&t, SLICE(",\"reply\":"));
	put_string(&t, show_reply(r->reply, shown, sizeof(shown)));
	put(&t, SLICE(",\"policy\":"));
	put_word(&t, r->policy);
	*t.at = '\0';
	return (size_t)(t.at - out);
}

size_t
record_chain(const char *prev, char *out, size_t size)
{
	int n;

	if (prev == NULL)
		n = snprintf(out, size, ",\"prev\":null}\n");
	else
		n = snprintf(out, size, ",\"prev\":\"%.64s\"}\n", prev);
	return (size_t)n;
}

/* One key of the text form; a value with odd bytes or blanks is quoted. */
static void
put_pair(struct text *t, const char *key, struct slice value)
{
	char shown[VALUE];
	size_t n = slice_show(value, shown, sizeof(shown));
	bool quoted = slice_find((struct slice){ shown, n }, ' ') < n ||
	    n == 0;

	put_byte(t, ' ');
	put(t, slice_of(key));
	put_byte(t, '=');
	if (quoted)
		put_byte(t, '"');
	put(t, (struct slice){ shown, n });
	if (quoted)
		put_byte(t, '"');
}

static void
put_word_pair(struct text *t, const char *key, const char *word)
{
	put_pair(t, key, slice_of(word));
}

static const char *
proof_word(enum proof proof)
{
	switch (proof) {
	case PROOF_PRESENT:
		return "true";
	case PROOF_ABSENT:
		return "false";
	case PROOF_UNKNOWN:
		break;
	}
	return NULL;
}

static void
put_proof_pairs(struct text *t, const struct evidence *e)
{
	if (e == NULL)
		return;
	if (e->tls == PROOF_PRESENT && e->version_text.p != NULL)
		put_pair(t, "tls", e->version_text);
	else
		put_word_pair(t, "tls", proof_word(e->tls));
	put_word_pair(t, "verified", proof_word(e->verified));
	put_word_pair(t, "source", source_name(e->source));
}

size_t
record_text(const struct record *r, char *out, size_t size)
{
	const struct decision *d = r->decision;
	struct text t = { out, out + size - 1 };
	char shown[VALUE], client[64];
	struct slice need = SLICE_NONE;

	put(&t, SLICE("decision"));
	put_pair(&t, "ref", r->request->ref);
	put_pair(&t, "queue_id", r->queue_id);
	put_word_pair(&t, "outcome", outcome_name(r->outcome));
	put_word_pair(&t, "hop", hop_name(d->hop));
	put_pair(&t, "partner", d->partner);
	put_pair(&t, "client", show_client(r->request, client));
	put_pair(&t, "destination", d->destination);
	if (d->rule != NULL)
		need = (struct slice){ shown,
			demand_show(&d->rule->demand, shown, sizeof(shown)) };
	put_pair(&t, "need", need);
	put_proof_pairs(&t, d->proof);
	put_word_pair(&t, "reason", reason_name(d->finding.reason));
	put_word_pair(&t, "verdict", verdict_name(d->finding.verdict));
	put_word_pair(&t, "stage", stage_name(d->stage));
	put_word_pair(&t, "planned", action_name(d->planned));
	put_word_pair(&t, "applied", action_name(r->applied));
	put_word_pair(&t, "mode", mode_name(r->mode));
	put_word_pair(&t, "exempt", exempt_name(d->exempt));
	put_pair(&t, "rule", show_place(&d->place, shown, sizeof(shown)));
	put_pair(&t, "exception", d->exception);
	*t.at = '\0';
	return (size_t)(t.at - out);
}
