/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "policy/judge/record.h"
#include "policy/base/text.h"
#include "policy/evidence/dialect.h"
#include "policy/judge/quoted.h"
#include "policy/reason.h"
#include "policy/staging.h"

/* The longest value in the log; a line has at most 30 of them. */
enum { VALUE = QUOTED_VALUE };

static void
record_put_string(struct text *t, struct slice s)
{
	if (s.p == NULL)
		text_slice(t, SLICE("null"));
	else
		quoted_put(t, s);
}

/* A name that may be, or have in it, an address. */
static void
record_put_name(struct text *t, const struct record *r, struct slice s)
{
	char text[SHORTENING_TEXT];
	struct text name;

	if (r->shortening == NULL || slice_find(s, '@') == s.n) {
		record_put_string(t, s);
		return;
	}
	text_init(&name, text, sizeof(text));
	shortening_add_text(r->shortening, s, &name);
	quoted_put(t, text_so_far(&name));
}

/* An address, or a login name. */
static void
record_put_address(struct text *t, const struct record *r, struct slice s)
{
	char text[SHORTENING_TEXT];
	struct text address;

	if (r->shortening == NULL || s.n == 0) {
		record_put_string(t, s);
		return;
	}
	text_init(&address, text, sizeof(text));
	shortening_add(r->shortening, s, &address);
	quoted_put(t, text_so_far(&address));
}

/* A word, or null for NULL. */
static void
record_put_word(struct text *t, const char *word)
{
	record_put_string(t, slice_of(word));
}

/* NULL: unknown. */
static const char *
record_proof_word(enum proof proof)
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
record_put_proof_word(struct text *t, enum proof proof)
{
	const char *word = record_proof_word(proof);

	text_slice(t, slice_of(word != NULL ? word : "null"));
}

/* A fact: its text, false when it is proven absent, null when unknown. */
static void
record_put_fact(struct text *t, const struct record *r,
    const struct fact *fact)
{
	if (fact->proof == PROOF_PRESENT)
		record_put_name(t, r, fact->text);
	else
		record_put_proof_word(t, fact->proof);
}

static void
record_put_proof(struct text *t, const struct record *r,
    const struct evidence *e)
{
	if (e == NULL) {
		text_slice(t, SLICE("null"));
		return;
	}
	text_slice(t, SLICE("{\"tls\":"));
	if (e->tls == PROOF_PRESENT && e->version_text.p != NULL)
		quoted_put(t, e->version_text);
	else
		record_put_proof_word(t, e->tls);
	text_slice(t, SLICE(",\"cipher\":"));
	record_put_string(t, e->cipher);
	text_slice(t, SLICE(",\"bits\":"));
	if (e->bits > 0)
		text_add(t, "%d", e->bits);
	else
		text_slice(t, SLICE("null"));
	text_slice(t, SLICE(",\"verified\":"));
	record_put_proof_word(t, e->verified);
	text_slice(t, SLICE(",\"peer\":"));
	record_put_fact(t, r, &e->peer);
	text_slice(t, SLICE(",\"subject\":"));
	record_put_fact(t, r, &e->subject);
	text_slice(t, SLICE(",\"issuer\":"));
	record_put_fact(t, r, &e->issuer);
	text_slice(t, SLICE(",\"fingerprint\":"));
	record_put_fact(t, r, &e->fingerprint);
	text_slice(t, SLICE(",\"source\":"));
	record_put_word(t, evidence_source(e));
	text_byte(t, '}');
}

/* RFC 3339, UTC, milliseconds. */
static struct slice
record_show_time(int64_t time_ms, char out[40])
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
record_show_place(const struct place *place, char *out, size_t size)
{
	int n;

	if (place->file == NULL)
		return SLICE_NONE;
	n = snprintf(out, size, "%s:%u", place->file, place->line);
	if (n < 0)
		return SLICE_NONE;
	return slice_head((struct slice){ out, (size_t)n }, size - 1);
}

/* The client's address, normalised, or the macro as it is if it is none. */
static struct slice
record_show_client(const struct request *request, char out[64])
{
	struct netaddr client = request_client(request);

	if (client.family == 0)
		return macros_get(&request->macros, MACRO_CLIENT_ADDR);
	return slice_of(netaddr_show(&client, out, 64));
}

static void
record_put_login(struct text *t, const struct record *r)
{
	const struct evidence *e = r->decision->proof;

	if (e != NULL && e->login.proof == PROOF_PRESENT)
		record_put_address(t, r, e->login.text);
	else
		record_put_proof_word(t, e == NULL ? PROOF_UNKNOWN
		    : e->login.proof);
}

/* The name with which it logged in without TLS, or by a proxy's word. */
static void
record_put_claimed_login(struct text *t, const struct record *r)
{
	const struct evidence *e = r->decision->proof;

	if (e != NULL && e->login.proof != PROOF_PRESENT &&
	    e->claimed_login.proof == PROOF_PRESENT)
		record_put_address(t, r, e->claimed_login.text);
	else
		text_slice(t, SLICE("null"));
}

static void
record_put_session(struct text *t, const struct record *r)
{
	const struct macros *m = &r->request->macros;
	char shown[64];

	text_slice(t, SLICE(",\"server\":"));
	record_put_string(t, macros_get(m, MACRO_HOSTNAME));
	text_slice(t, SLICE(",\"client_addr\":"));
	record_put_string(t, record_show_client(r->request, shown));
	text_slice(t, SLICE(",\"client_port\":"));
	record_put_string(t, macros_get(m, MACRO_CLIENT_PORT));
	text_slice(t, SLICE(",\"client_name\":"));
	record_put_string(t, macros_get(m, MACRO_CLIENT_NAME));
	text_slice(t, SLICE(",\"daemon_name\":"));
	record_put_string(t, macros_get(m, MACRO_DAEMON_NAME));
	text_slice(t, SLICE(",\"daemon_addr\":"));
	record_put_string(t, macros_get(m, MACRO_DAEMON_ADDR));
	text_slice(t, SLICE(",\"daemon_port\":"));
	record_put_string(t, macros_get(m, MACRO_DAEMON_PORT));
	text_slice(t, SLICE(",\"login\":"));
	record_put_login(t, r);
	text_slice(t, SLICE(",\"claimed_login\":"));
	record_put_claimed_login(t, r);
}

/* A path without its angle brackets. */
static struct slice
record_bare(struct slice path)
{
	if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
		return slice_head(slice_from(path, 1), path.n - 2);
	return path;
}

/* The sender as the MTA resolved it, or as typed. */
static struct slice
record_sender_of(const struct request *request)
{
	if (macros_has(&request->macros, MACRO_MAIL_ADDR))
		return macros_get(&request->macros, MACRO_MAIL_ADDR);
	return record_bare(request->sender);
}

static void
record_put_envelope(struct text *t, const struct record *r)
{
	const struct macros *m = &r->request->macros;

	text_slice(t, SLICE(",\"sender\":"));
	record_put_address(t, r, record_sender_of(r->request));
	text_slice(t, SLICE(",\"recipient\":"));
	record_put_address(t, r, record_bare(r->request->recipient));
	text_slice(t, SLICE(",\"rcpt_addr\":"));
	record_put_address(t, r, macros_get(m, MACRO_RCPT_ADDR));
	text_slice(t, SLICE(",\"rcpt_host\":"));
	record_put_name(t, r, macros_get(m, MACRO_RCPT_HOST));
	text_slice(t, SLICE(",\"mailer\":"));
	record_put_string(t, macros_get(m, MACRO_RCPT_MAILER));
	text_slice(t, SLICE(",\"addresses\":"));
	record_put_word(t, address_form_name(r->shortening == NULL
	    ? ADDRESSES_FULL : r->shortening->form));
}

static void
record_put_rule(struct text *t, const struct record *r)
{
	const struct decision *d = r->decision;
	char shown[VALUE];
	struct slice need = SLICE_NONE;

	text_slice(t, SLICE(",\"destination\":"));
	record_put_name(t, r, d->destination);
	text_slice(t, SLICE(",\"hop\":"));
	record_put_word(t, hop_name(d->hop));
	text_slice(t, SLICE(",\"partner\":"));
	record_put_name(t, r, d->partner);
	text_slice(t, SLICE(",\"service\":"));
	record_put_string(t, d->found_by == FOUND_BY_NONE ? SLICE_NONE
	    : d->partner);
	text_slice(t, SLICE(",\"found_by\":"));
	record_put_word(t, found_by_name(d->found_by));
	text_slice(t, SLICE(",\"rule\":"));
	record_put_string(t,
	    record_show_place(&d->place, shown, sizeof(shown)));
	text_slice(t, SLICE(",\"need\":"));
	if (d->rule != NULL)
		need = (struct slice){ shown,
			demand_show_shortened(d->demand, r->shortening,
			shown, sizeof(shown)) };
	record_put_string(t, need);
	text_slice(t, SLICE(",\"proof\":"));
	record_put_proof(t, r, d->proof);
}

static void
record_put_watch(struct text *t, const struct decision *d)
{
	text_slice(t, SLICE(",\"watch\":"));
	if (d->rule == NULL || d->rule->watch == NULL) {
		text_slice(t, SLICE("null"));
		return;
	}
	text_slice(t, SLICE("{\"verdict\":"));
	record_put_word(t, verdict_name(d->watch.verdict));
	text_slice(t, SLICE(",\"reason\":"));
	record_put_word(t, reason_name(d->watch.reason));
	text_byte(t, '}');
}

/* A pause makes rules log only, as the mode does. */
static enum mode
record_mode(const struct record *r)
{
	return r->pause.p != NULL ? MODE_LOG_ONLY : r->mode;
}

static void
record_put_finding(struct text *t, const struct record *r)
{
	const struct decision *d = r->decision;

	text_slice(t, SLICE(",\"reason\":"));
	record_put_word(t, reason_name(d->finding.reason));
	text_slice(t, SLICE(",\"verdict\":"));
	record_put_word(t, verdict_name(d->finding.verdict));
	text_slice(t, SLICE(",\"stage\":"));
	record_put_word(t, stage_name(d->stage));
	text_slice(t, SLICE(",\"planned\":"));
	record_put_word(t, action_name(d->planned));
	text_slice(t, SLICE(",\"applied\":"));
	record_put_word(t, action_name(r->applied));
	text_slice(t, SLICE(",\"mode\":"));
	record_put_word(t, mode_name(record_mode(r)));
	text_slice(t, SLICE(",\"exempt\":"));
	record_put_word(t, exempt_name(d->exempt));
	record_put_watch(t, d);
	text_slice(t, SLICE(",\"exception\":"));
	record_put_string(t, d->exception);
	text_slice(t, SLICE(",\"pause\":"));
	record_put_string(t, r->pause);
}

/* The action under the candidate policy, and the rule behind it. */
static void
record_put_candidate(struct text *t, const struct record *r)
{
	const struct ruling *ruling = r->candidate;
	const struct decision *d;
	char shown[VALUE];

	text_slice(t, SLICE(",\"candidate\":"));
	if (ruling == NULL) {
		text_slice(t, SLICE("null"));
		return;
	}
	text_slice(t, SLICE("{\"applied\":"));
	record_put_word(t, action_name(ruling->applied));
	d = ruling->strictest;
	if (d != NULL) {
		text_slice(t, SLICE(",\"partner\":"));
		record_put_name(t, r, d->partner);
		text_slice(t, SLICE(",\"hop\":"));
		record_put_word(t, hop_name(d->hop));
		text_slice(t, SLICE(",\"rule\":"));
		record_put_string(t,
		    record_show_place(&d->place, shown, sizeof(shown)));
		text_slice(t, SLICE(",\"reason\":"));
		record_put_word(t, reason_name(d->finding.reason));
	}
	text_byte(t, '}');
}

/* The reply as the client sees it; absent when there is none. */
static struct slice
record_show_reply(const struct reply *reply, char *out, size_t size)
{
	int n;

	if (reply == NULL)
		return SLICE_NONE;
	n = snprintf(out, size, "%s %s %s", reply->code, reply->enhanced,
	    reply->text);
	return slice_head((struct slice){ out, (size_t)n }, size - 1);
}

/* It may name a partner by its key. An address of ours in it goes, too. */
static void
record_put_reply(struct text *t, const struct record *r)
{
	char shown[LIMIT_REPLY + 32];

	record_put_name(t, r, record_show_reply(r->reply, shown,
	    sizeof(shown)));
}

struct slice
record_name(const struct shortening *shortening, struct slice name, char *out,
    size_t size)
{
	struct text t;

	if (shortening == NULL || slice_find(name, '@') == name.n)
		return name;
	text_init(&t, out, size);
	shortening_add_text(shortening, name, &t);
	return t.cut ? SLICE_NONE : text_so_far(&t);
}

size_t
record_json(const struct record *r, char *out, size_t size)
{
	char time[40];
	struct text t;

	assert(r->request != NULL && r->decision != NULL);
	text_init(&t, out, size);
	text_slice(&t, SLICE("{\"time\":"));
	record_put_string(&t, record_show_time(r->time_ms, time));
	text_slice(&t, SLICE(",\"ref\":"));
	record_put_string(&t, r->request->ref);
	text_slice(&t, SLICE(",\"outcome\":"));
	record_put_word(&t, outcome_name(r->outcome));
	text_slice(&t, SLICE(",\"queue_id\":"));
	record_put_string(&t, r->queue_id);
	text_slice(&t, SLICE(",\"mta\":"));
	record_put_word(&t, dialect_of(r->request->mta)->name);
	text_slice(&t, SLICE(",\"session\":"));
	record_put_string(&t, r->session);
	text_slice(&t, SLICE(",\"listener\":"));
	record_put_word(&t, listener_kind_name(r->listener));
	record_put_session(&t, r);
	record_put_envelope(&t, r);
	record_put_rule(&t, r);
	record_put_finding(&t, r);
	record_put_candidate(&t, r);
	text_slice(&t, SLICE(",\"reply\":"));
	record_put_reply(&t, r);
	text_slice(&t, SLICE(",\"policy\":"));
	record_put_word(&t, r->policy_digest);
	text_slice(&t, SLICE(",\"generation\":"));
	if (r->has_generation)
		text_add(&t, "%lu", r->generation);
	else
		text_slice(&t, SLICE("null"));
	return text_length(&t);
}

size_t
record_chain(const char *prev, char *out, size_t size)
{
	int n;

	assert(size >= RECORD_CHAIN);
	if (prev == NULL)
		n = snprintf(out, size, ",\"prev\":null}\n");
	else
		n = snprintf(out, size, ",\"prev\":\"%.64s\"}\n", prev);
	return (size_t)n;
}

size_t
record_lost_json(int64_t time_ms, uint64_t lost,
    const struct record_loss *list, size_t count, char *out, size_t size)
{
	char time[40];
	struct text t;

	text_init(&t, out, size);
	text_slice(&t, SLICE("{\"time\":"));
	record_put_string(&t, record_show_time(time_ms, time));
	text_add(&t, ",\"lost\":%llu,\"losses\":[",
	    (unsigned long long)lost);
	for (size_t i = 0; i < count; i++) {
		text_slice(&t, i == 0 ? SLICE("{\"partner\":")
				      : SLICE(",{\"partner\":"));
		record_put_string(&t, list[i].partner);
		text_slice(&t, SLICE(",\"reason\":"));
		record_put_word(&t, list[i].reason);
		text_add(&t, ",\"count\":%llu}",
		    (unsigned long long)list[i].count);
	}
	text_byte(&t, ']');
	return text_length(&t);
}

/* One key of the text form; an empty value or one with blanks is quoted. */
static void
record_put_pair(struct text *t, const char *key, struct slice value)
{
	char shown[VALUE];
	size_t n = slice_show(value, shown, sizeof(shown));
	bool quoted = slice_find((struct slice){ shown, n }, ' ') < n ||
	    n == 0;

	text_byte(t, ' ');
	text_slice(t, slice_of(key));
	text_byte(t, '=');
	if (quoted)
		text_byte(t, '"');
	text_slice(t, (struct slice){ shown, n });
	if (quoted)
		text_byte(t, '"');
}

static void
record_put_word_pair(struct text *t, const char *key, const char *word)
{
	record_put_pair(t, key, slice_of(word));
}

static void
record_put_proof_pairs(struct text *t, const struct evidence *e)
{
	if (e == NULL)
		return;
	if (e->tls == PROOF_PRESENT && e->version_text.p != NULL)
		record_put_pair(t, "tls", e->version_text);
	else
		record_put_word_pair(t, "tls", record_proof_word(e->tls));
	record_put_word_pair(t, "verified", record_proof_word(e->verified));
	record_put_word_pair(t, "source", evidence_source(e));
}

size_t
record_text(const struct record *r, char *out, size_t size)
{
	const struct decision *d = r->decision;
	char shown[VALUE], client[64], name[SHORTENING_TEXT];
	struct slice need = SLICE_NONE;
	struct text t;

	assert(r->request != NULL && d != NULL);
	text_init(&t, out, size);
	text_slice(&t, SLICE("decision"));
	record_put_pair(&t, "ref", r->request->ref);
	record_put_pair(&t, "queue_id", r->queue_id);
	record_put_word_pair(&t, "outcome", outcome_name(r->outcome));
	record_put_word_pair(&t, "hop", hop_name(d->hop));
	record_put_pair(&t, "partner", record_name(r->shortening,
	    d->partner, name, sizeof(name)));
	record_put_pair(&t, "client", record_show_client(r->request, client));
	record_put_pair(&t, "destination", record_name(r->shortening,
	    d->destination, name, sizeof(name)));
	if (d->rule != NULL)
		need = (struct slice){ shown,
			demand_show_shortened(d->demand, r->shortening,
			shown, sizeof(shown)) };
	record_put_pair(&t, "need", need);
	record_put_proof_pairs(&t, d->proof);
	record_put_word_pair(&t, "reason", reason_name(d->finding.reason));
	record_put_word_pair(&t, "verdict", verdict_name(d->finding.verdict));
	record_put_word_pair(&t, "stage", stage_name(d->stage));
	record_put_word_pair(&t, "planned", action_name(d->planned));
	record_put_word_pair(&t, "applied", action_name(r->applied));
	record_put_word_pair(&t, "mode", mode_name(record_mode(r)));
	record_put_word_pair(&t, "exempt", exempt_name(d->exempt));
	record_put_pair(&t, "rule",
	    record_show_place(&d->place, shown, sizeof(shown)));
	record_put_pair(&t, "exception", d->exception);
	if (r->pause.p != NULL)
		record_put_pair(&t, "pause", r->pause);
	return text_length(&t);
}
