/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/tool/explain_cause.h"
#include "conf/tool/mail_log.h"
#include "policy/evidence/dialect.h"

/* Sessions looked up; one message has one. */
enum { CAUSE_QUESTIONS = 16 };

struct explain_causes {
	struct arena *arena;            /* borrows */
	struct mail_log log;
	size_t count;
	struct slice sessions[CAUSE_QUESTIONS];
	struct cause_question questions[CAUSE_QUESTIONS];
	struct cause_answer answers[CAUSE_QUESTIONS];
};

/* Whether a log may tell more of the record. */
static bool
cause_is_asked(const struct recorded *r)
{
	return r->decision.finding.reason == REASON_PEER_NOT_VERIFIED &&
	    r->proof.source == SOURCE_MACROS && r->proof.mta != MTA_UNKNOWN &&
	    r->proof.tls == PROOF_PRESENT;
}

/* The index of the session; count: it is not among them. */
static size_t
cause_find(const struct explain_causes *c, struct slice session)
{
	for (size_t i = 0; i < c->count; i++)
		if (slice_eq(c->sessions[i], session))
			return i;
	return c->count;
}

/* A record of the same session may have what another lacks. */
static void
cause_ask(struct explain_causes *c, const struct recorded *r)
{
	size_t at = cause_find(c, r->session);
	struct cause_question *q = &c->questions[at];

	if (at == CAUSE_QUESTIONS || r->session.p == NULL)
		return;
	if (at == c->count) {
		c->sessions[c->count++] = r->session;
		*q = (struct cause_question){ .mta = r->proof.mta,
			.time = r->time, .client = r->proof.client,
			.port = macros_get(&r->request.macros,
			    MACRO_CLIENT_PORT) };
	}
	if (q->queue_id.n == 0)
		q->queue_id = r->queue_id;
	if (q->reply.n == 0)
		q->reply = r->reply;
}

const struct explain_causes *
explain_find_causes(const struct search *s, const char *place)
{
	struct explain_causes *c = arena_alloc(s->arena, sizeof(*c));

	*c = (struct explain_causes){ .arena = s->arena };
	for (size_t i = 0; i < s->count; i++)
		if (cause_is_asked(s->list[i]))
			cause_ask(c, s->list[i]);
	if (c->count > 0)
		mail_log_answer(place, c->questions, c->count, c->arena,
		    c->answers, &c->log);
	return c;
}

/* Why the log does not tell; NULL: it does. */
static const char *
cause_doubt(const struct explain_causes *c, size_t at,
    const struct recorded *r)
{
	if (at == c->count)
		return "too many sessions to look up";
	switch (c->answers[at].doubt) {
	case CAUSE_FOUND:
		return NULL;
	case CAUSE_NO_SESSION:
		return c->log.problem != NULL ? c->log.problem
		    : arena_printf(c->arena, "%s has no line of this session",
		    c->log.where);
	case CAUSE_NO_LINE:
		return arena_printf(c->arena, "%s logged no line about the "
		    "TLS of this session", dialect_of(r->proof.mta)->title);
	case CAUSE_TWO_SESSIONS:
		break;
	}
	return arena_printf(c->arena, "more than one session in %s may be this "
	    "one", c->log.where);
}

const struct explained_cause *
explain_cause_of(const struct explain_causes *c, const struct recorded *r)
{
	struct explained_cause *out;
	const struct cause_answer *answer;
	size_t at;

	if (!cause_is_asked(r))
		return NULL;
	at = cause_find(c, r->session);
	out = arena_alloc(c->arena, sizeof(*out));
	*out = (struct explained_cause){ .cause =
	    tls_cause_of_evidence(&r->proof),
	    .doubt = cause_doubt(c, at, r) };
	out->mta = r->proof.mta;
	if (out->doubt != NULL)
		return out;
	answer = &c->answers[at];
	out->cause = answer->cause;
	out->said = answer->said;
	out->where = arena_printf(c->arena, "%s:%lu", answer->file,
	    answer->line);
	return out;
}
