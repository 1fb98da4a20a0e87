/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <time.h>

#include "policy/audit/recorded.h"
#include "policy/base/jsontext.h"
#include "policy/evidence/dialect.h"
#include "policy/reason.h"
#include "policy/staging.h"

/* A record has at most this many bytes of a value that it cuts: each may have
 * taken six, of 600. */
enum { RECORDED_SHORTEST_CUT = 98 };

static bool
recorded_has_escape(struct slice s)
{
	for (size_t i = 0; i + 4 <= s.n; i++)
		if (s.p[i] == '\\' && s.p[i + 1] == 'x' &&
		    isxdigit((unsigned char)s.p[i + 2]) &&
		    isxdigit((unsigned char)s.p[i + 3]))
			return true;
	return false;
}

/*
 * Whether a recorded name is all of what was there. The end of one that was cut
 * reads as another name, and so does a byte that is no UTF-8, which is recorded
 * as the text \xHH.
 */
static bool
recorded_is_whole(struct slice name)
{
	return !slice_ends(name, SLICE("...")) && !recorded_has_escape(name);
}

/* What is left of a shortened name or address proves nothing. What is absent or
 * unknown has no text. */
static void
recorded_drop_shortened(struct fact *fact)
{
	if (slice_find(fact->text, '@') < fact->text.n)
		*fact = (struct fact){ PROOF_UNKNOWN, SLICE_NONE };
}

/* A string: present; false: proven absent; anything else: unknown. */
static struct fact
recorded_fact_of(const json_t *object, const char *key, struct arena *a)
{
	const json_t *value = json_object_get(object, key);
	struct slice text = jsontext_copy(object, key, a);

	if (text.n >= RECORDED_SHORTEST_CUT && slice_ends(text, SLICE("...")))
		return (struct fact){ PROOF_UNKNOWN, SLICE_NONE };
	if (json_is_string(value))
		return (struct fact){ PROOF_PRESENT, text };
	if (json_is_false(value))
		return (struct fact){ PROOF_ABSENT, SLICE_NONE };
	return (struct fact){ PROOF_UNKNOWN, SLICE_NONE };
}

static enum proof
recorded_proof_of(const json_t *value)
{
	if (json_is_true(value) || json_is_string(value))
		return PROOF_PRESENT;
	return json_is_false(value) ? PROOF_ABSENT : PROOF_UNKNOWN;
}

static void
recorded_read_proof(const json_t *record, struct arena *a, struct recorded *out)
{
	const json_t *p = json_object_get(record, "proof");
	struct evidence *e = &out->proof;

	out->has_proof = json_is_object(p);
	e->tls = recorded_proof_of(json_object_get(p, "tls"));
	e->version_text = jsontext_copy(p, "tls", a);
	if (!tls_version_from_mta(e->version_text, &e->version))
		e->version = TLS_NONE;
	e->cipher = jsontext_copy(p, "cipher", a);
	e->bits = (int)json_integer_value(json_object_get(p, "bits"));
	e->verified = recorded_proof_of(json_object_get(p, "verified"));
	e->peer = recorded_fact_of(p, "peer", a);
	e->subject = recorded_fact_of(p, "subject", a);
	e->issuer = recorded_fact_of(p, "issuer", a);
	e->fingerprint = recorded_fact_of(p, "fingerprint", a);
	e->login = recorded_fact_of(record, "login", a);
	e->claimed_login = recorded_fact_of(record, "claimed_login", a);
	if (e->claimed_login.proof != PROOF_PRESENT)
		e->claimed_login = e->login;
	else
		e->login_in_clear = e->tls == PROOF_ABSENT;
	out->login_text = e->claimed_login.text;
	if (out->shortened) {
		recorded_drop_shortened(&e->peer);
		recorded_drop_shortened(&e->subject);
		recorded_drop_shortened(&e->issuer);
		if (e->login.proof == PROOF_PRESENT)
			e->login = (struct fact){ PROOF_UNKNOWN, SLICE_NONE };
		if (e->claimed_login.proof == PROOF_PRESENT)
			e->claimed_login = (struct fact){ PROOF_UNKNOWN,
				SLICE_NONE };
	}
	if (!evidence_set_source(e, jsontext_copy(p, "source", a)))
		e->source = SOURCE_UNKNOWN;
	if (!netaddr_from(jsontext_copy(record, "client_addr", a),
		&e->client))
		e->client = (struct netaddr){ 0 };
}

/* The version macro by which the MTA was recognised; absent: it was not. */
static struct slice
recorded_version_of(enum mta mta)
{
	return slice_of(dialect_of(mta)->version);
}

/* Removes names that are not whole: they are unknown. */
static void
recorded_drop_cut_names(struct recorded *out)
{
	struct request *request = &out->request;
	struct slice *const of_recipient[] = { &request->recipient,
		&request->macros.value[MACRO_RCPT_ADDR],
		&request->macros.value[MACRO_RCPT_HOST] };
	struct slice *sender = &request->macros.value[MACRO_MAIL_ADDR];

	for (size_t i = 0; i < COUNT_OF(of_recipient); i++)
		if (!recorded_is_whole(*of_recipient[i])) {
			*of_recipient[i] = SLICE_NONE;
			request->recipient_cut = true;
		}
	if (!recorded_is_whole(*sender)) {
		*sender = SLICE_NONE;
		out->cut = true;
	}
	out->cut = out->cut || request->recipient_cut;
}

/* A next hop has no address in it: a shortened one was something else. */
static void
recorded_drop_shortened_host(struct request *request)
{
	struct slice *host = &request->macros.value[MACRO_RCPT_HOST];

	if (slice_find(*host, '@') < host->n) {
		*host = SLICE_NONE;
		request->recipient_cut = true;
	}
}

/* What was negotiated is not recorded: everything is assumed. */
static void
recorded_read_request(const json_t *record, struct arena *a,
    struct recorded *out)
{
	struct request *request = &out->request;

	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		const char *key = macro_key((enum macro)i);

		if (key != NULL)
			request->macros.value[i] = jsontext_copy(record, key,
			    a);
	}
	if (!dialect_from_name(jsontext_copy(record, "mta", a),
		&request->mta))
		request->mta = MTA_UNKNOWN;
	request->macros.value[MACRO_MTA_VERSION] =
	    recorded_version_of(request->mta);
	request->recipient = jsontext_copy(record, "recipient", a);
	if (out->shortened)
		recorded_drop_shortened_host(request);
	recorded_drop_cut_names(out);
	request->ref = jsontext_copy(record, "ref", a);
	request->can_hold = request->can_tag = true;
	request->sends_headers = request->can_wait = true;
	request->measured = &out->proof;
	request->listener = &out->listener;
}

int64_t
recorded_time(const char *text)
{
	struct tm tm = { 0 };

	if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) == NULL)
		return 0;
	return timegm(&tm);
}

int64_t
recorded_line_time(struct slice line)
{
	static const char key[] = "{\"time\":\"";
	char text[20];

	if (!slice_starts(line, slice_of(key)) ||
	    line.n < sizeof(key) - 1 + sizeof(text) - 1)
		return 0;
	memcpy(text, line.p + sizeof(key) - 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	return recorded_time(text);
}

static bool
recorded_read_decision(const json_t *record, struct arena *a,
    struct recorded *out)
{
	struct decision *d = &out->decision;

	d->partner = jsontext_copy(record, "partner", a);
	d->destination = jsontext_copy(record, "destination", a);
	d->exception = jsontext_copy(record, "exception", a);
	d->proof = out->has_proof ? &out->proof : NULL;
	if (!found_by_from(jsontext_copy(record, "found_by", a),
	    &d->found_by))
		d->found_by = FOUND_BY_NONE;
	if (!exempt_from(jsontext_copy(record, "exempt", a), &d->exempt))
		d->exempt = EXEMPT_NONE;
	if (!stage_from(jsontext_copy(record, "stage", a), &d->stage))
		d->stage = STAGE_UNSET;
	if (!action_from(jsontext_copy(record, "planned", a), &d->planned))
		d->planned = ACTION_UNSET;
	return hop_from(jsontext_copy(record, "hop", a), &d->hop) &&
	    verdict_from(jsontext_copy(record, "verdict", a),
		&d->finding.verdict) &&
	    reason_from(jsontext_copy(record, "reason", a),
		&d->finding.reason) &&
	    action_from(jsontext_copy(record, "applied", a), &d->applied);
}

/*
 * Two macros follow from the decision: an after-queue filter returns mail to a
 * listener on this host, which old records do not have; and a sender without
 * proof on a session with proof had no {mail_addr}, which none has.
 */
static void
recorded_infer_macros(struct recorded *out)
{
	struct request *request = &out->request;
	struct slice *value = request->macros.value;
	const struct decision *d = &out->decision;

	if (d->exempt == EXEMPT_REINJECT && value[MACRO_DAEMON_ADDR].p == NULL)
		value[MACRO_DAEMON_ADDR] = SLICE("127.0.0.1");
	if (d->hop == HOP_INBOUND &&
	    d->finding.reason == REASON_EVIDENCE_MISSING &&
	    out->proof.tls != PROOF_UNKNOWN) {
		request->sender = value[MACRO_MAIL_ADDR];
		value[MACRO_MAIL_ADDR] = SLICE_NONE;
	}
}

bool
recorded_keeps_back(const json_t *record)
{
	enum action planned, applied;

	if (!action_from(jsontext_at(record, "applied"), &applied) ||
	    applied < ACTION_HOLD)
		return false;
	/* The daemon itself refuses without a rule. */
	if (jsontext_at(record, "partner").p == NULL)
		return true;
	if (action_from(jsontext_at(record, "planned"), &planned) &&
	    planned < ACTION_HOLD)
		return false;
	return jsontext_at(record, "exception").p == NULL &&
	    jsontext_at(record, "exempt").p == NULL &&
	    !slice_eq(jsontext_at(record, "mode"), SLICE("log-only"));
}

bool
recorded_is_shortened(const json_t *record)
{
	struct slice form = jsontext_at(record, "addresses");

	/* Records of before there were other forms do not name it. */
	return form.p != NULL && !slice_eq(form, SLICE("full"));
}

bool
recorded_read(const json_t *record, struct arena *a, struct recorded *out)
{
	bool is_decision;

	assert(a != NULL && out != NULL);
	*out = (struct recorded){ .time =
	    recorded_time(jsontext_at(record, "time").p),
		.shortened = recorded_is_shortened(record) };
	recorded_read_proof(record, a, out);
	recorded_read_request(record, a, out);
	out->request.now = out->time;
	if (!listener_kind_from(jsontext_copy(record, "listener", a),
	    &out->listener))
		out->listener = LISTENER_MX;
	if (!mode_from(jsontext_copy(record, "mode", a), &out->mode))
		out->mode = MODE_ENFORCE;
	out->session = jsontext_copy(record, "session", a);
	out->queue_id = jsontext_copy(record, "queue_id", a);
	out->rule_text = jsontext_copy(record, "rule", a);
	out->need = jsontext_copy(record, "need", a);
	out->pause = jsontext_copy(record, "pause", a);
	out->reply = jsontext_copy(record, "reply", a);
	out->policy_digest = jsontext_copy(record, "policy", a);
	is_decision = recorded_read_decision(record, a, out) &&
	    out->request.ref.n > 0 &&
	    outcome_from(jsontext_copy(record, "outcome", a), &out->outcome);
	if (is_decision)
		recorded_infer_macros(out);
	return is_decision;
}
