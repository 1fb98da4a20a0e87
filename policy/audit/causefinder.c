/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/causefinder.h"

enum {
	/* Sessions of one client at a time; Postfix allows 50 by default. */
	CAUSE_SESSIONS = 256,
	CAUSE_PROCESS = 160, CAUSE_SAID = 400, CAUSE_FILE = 256,
	/* Seconds by which two clocks may differ, or a line may be late. */
	CAUSE_SLACK = 120,
	/* Sendmail does not log the end of a session. */
	CAUSE_LONGEST = 86400
};

struct cause_session {
	bool used;
	char process[CAUSE_PROCESS];
	int64_t begun, seen;            /* first and last line */
	bool ended;
	bool tied;                      /* to the decision */
	enum tls_cause cause;
	char said[CAUSE_SAID];
	char file[CAUSE_FILE];
	unsigned long line;
};

struct causefinder {
	const struct cause_question *q; /* borrows */
	struct cause_session sessions[CAUSE_SESSIONS];
	struct cause_session found;     /* used: it is the decision's */
	bool two;                       /* or there were too many at a time */
};

struct causefinder *
causefinder_create(const struct cause_question *q)
{
	struct causefinder *f = xcalloc(1, sizeof(*f));

	f->q = q;
	return f;
}

void
causefinder_destroy(struct causefinder **f)
{
	free(*f);
	*f = NULL;
}

/* The session of the process; NULL: it has none with the client. */
static struct cause_session *
causefinder_session(struct causefinder *f, struct slice process)
{
	for (size_t i = 0; i < CAUSE_SESSIONS; i++)
		if (f->sessions[i].used &&
		    slice_eq(slice_of(f->sessions[i].process), process))
			return &f->sessions[i];
	return NULL;
}

static bool
causefinder_is_client(const struct causefinder *f,
    const struct tls_client *client)
{
	return netaddr_eq(&client->address, &f->q->client) &&
	    (client->port.p == NULL || f->q->port.p == NULL ||
		slice_eq(client->port, f->q->port));
}

/* Whether the decision was made while the session lasted. */
static bool
causefinder_is_in_time(const struct causefinder *f,
    const struct cause_session *s)
{
	int64_t end = s->ended ? s->seen : s->begun + CAUSE_LONGEST;

	return f->q->time >= s->begun - CAUSE_SLACK &&
	    f->q->time <= end + CAUSE_SLACK;
}

/* The process has nothing more to say of it. */
static void
causefinder_close(struct causefinder *f, struct cause_session *s, bool ended)
{
	s->ended = ended;
	if (s->tied && causefinder_is_in_time(f, s)) {
		f->two = f->two || f->found.used;
		f->found = *s;
	}
	s->used = false;
}

/* A new session of that process, with the client. */
static void
causefinder_open(struct causefinder *f, const struct mailline *m, bool tied)
{
	if (m->process.n >= CAUSE_PROCESS)
		return;
	for (size_t i = 0; i < CAUSE_SESSIONS; i++) {
		struct cause_session *s = &f->sessions[i];

		/* One that never ended: a line was lost. */
		if (s->used && m->time > s->begun + CAUSE_LONGEST)
			causefinder_close(f, s, false);
		if (s->used)
			continue;
		*s = (struct cause_session){ .used = true, .begun = m->time,
			.seen = m->time, .tied = tied };
		memcpy(s->process, m->process.p, m->process.n);
		return;
	}
	f->two = true;
}

/* What the line says of the certificate. */
static void
causefinder_learn(struct cause_session *s, enum tls_cause cause,
    const struct logline *at, const struct mailline *m)
{
	if (!tls_cause_is_better(cause, s->cause))
		return;
	s->cause = cause;
	slice_show(m->text, s->said, sizeof(s->said));
	snprintf(s->file, sizeof(s->file), "%s", at->file);
	s->line = at->number;
}

/* Cuts "QUEUEID: " off *rest, if it has the question's. */
static bool
causefinder_cut_id(const struct causefinder *f, struct slice *rest)
{
	struct slice id = f->q->queue_id;

	if (id.n == 0 || !slice_starts(*rest, id) ||
	    !slice_starts(slice_from(*rest, id.n), SLICE(": ")))
		return false;
	*rest = slice_from(*rest, id.n + 2);
	return true;
}

/* "milter-reject: RCPT from CLIENT: REPLY; from=": the reply was ours. */
static bool
causefinder_is_reply(const struct causefinder *f, struct slice text)
{
	static const struct slice word = SLICE("milter-reject: ");
	struct tls_client client;
	struct slice reply = f->q->reply;

	/* A queue id, or NOQUEUE. */
	text = slice_from(text, slice_find(text, ':'));
	if (reply.n == 0 || !slice_starts(text, SLICE(": ")))
		return false;
	text = slice_from(text, 2);
	if (!slice_starts(text, word))
		return false;
	text = slice_from(text, word.n);
	text = slice_from(text, slice_find(text, ' '));
	if (!slice_starts(text, SLICE(" from ")))
		return false;
	text = slice_from(text, strlen(" from "));
	if (!tls_client_cut(&text, &client) ||
	    !slice_starts(text, SLICE(": ")))
		return false;
	text = slice_from(text, 2);
	return slice_starts(text, reply) &&
	    slice_starts(slice_from(text, reply.n), SLICE("; from="));
}

/* "QUEUEID: client=CLIENT". */
static bool
causefinder_is_message(const struct causefinder *f, struct slice text)
{
	struct tls_client client;

	if (!causefinder_cut_id(f, &text) ||
	    !slice_starts(text, SLICE("client=")))
		return false;
	text = slice_from(text, strlen("client="));
	return tls_client_cut(&text, &client) &&
	    causefinder_is_client(f, &client);
}

/* A process of Postfix serves one session after the other. A port is logged
 * with smtpd_client_port_logging; it then is the session's own. */
static void
causefinder_begin_postfix(struct causefinder *f, const struct mailline *m,
    struct slice named)
{
	struct tls_client client;

	if (tls_client_cut(&named, &client) &&
	    causefinder_is_client(f, &client))
		causefinder_open(f, m, client.port.p != NULL &&
		    f->q->port.p != NULL);
}

/* Postfix names the client in each line that counts. */
static void
causefinder_take_postfix(struct causefinder *f, const struct logline *at,
    const struct mailline *m)
{
	static const struct slice begin = SLICE("connect from "),
	    end = SLICE("disconnect from ");
	struct cause_session *s = causefinder_session(f, m->process);
	bool begins = slice_starts(m->text, begin);
	struct tls_client client;
	enum tls_cause cause;

	if (!slice_eq(m->daemon, SLICE("smtpd")))
		return;
	if (s != NULL)
		s->seen = m->time;
	if (s != NULL && (begins || slice_starts(m->text, end))) {
		causefinder_close(f, s, true);
		s = NULL;
	}
	if (begins)
		causefinder_begin_postfix(f, m, slice_from(m->text, begin.n));
	if (begins || s == NULL)
		return;
	cause = tls_cause_of_postfix(m->text, &client);
	if (cause != TLS_CAUSE_UNKNOWN && causefinder_is_client(f, &client))
		causefinder_learn(s, cause, at, m);
	s->tied = s->tied || causefinder_is_reply(f, m->text) ||
	    causefinder_is_message(f, m->text);
}

/* Sendmail runs a process for each session, and names the client in the line
 * about TLS alone. */
static void
causefinder_take_sendmail(struct causefinder *f, const struct logline *at,
    const struct mailline *m)
{
	struct cause_session *s = causefinder_session(f, m->process);
	struct tls_client client;
	struct slice rest = m->text;
	enum tls_cause cause = tls_cause_of_sendmail(m->text, &client);

	if (cause != TLS_CAUSE_UNKNOWN && client.address.family != 0) {
		if (s != NULL)
			causefinder_close(f, s, false);
		s = NULL;
		if (causefinder_is_client(f, &client)) {
			causefinder_open(f, m, false);
			s = causefinder_session(f, m->process);
		}
	}
	if (s == NULL)
		return;
	s->seen = m->time;
	if (cause != TLS_CAUSE_UNKNOWN)
		causefinder_learn(s, cause, at, m);
	s->tied = s->tied || causefinder_cut_id(f, &rest);
}

void
causefinder_take(struct causefinder *f, const struct logline *at,
    const struct mailline *m)
{
	switch (f->q->mta) {
	case MTA_POSTFIX:
		causefinder_take_postfix(f, at, m);
		break;
	case MTA_SENDMAIL:
		causefinder_take_sendmail(f, at, m);
		break;
	case MTA_UNKNOWN:
	case MTA_COUNT:
		break;
	}
}

void
causefinder_answer(struct causefinder *f, struct arena *a,
    struct cause_answer *out)
{
	for (size_t i = 0; i < CAUSE_SESSIONS; i++)
		if (f->sessions[i].used)
			causefinder_close(f, &f->sessions[i], false);
	*out = (struct cause_answer){ .doubt = CAUSE_NO_SESSION };
	if (f->two) {
		out->doubt = CAUSE_TWO_SESSIONS;
		return;
	}
	if (!f->found.used)
		return;
	out->doubt = f->found.cause == TLS_CAUSE_UNKNOWN ? CAUSE_NO_LINE
	    : CAUSE_FOUND;
	out->cause = f->found.cause;
	out->said = arena_string(a, slice_of(f->found.said));
	out->file = arena_string(a, slice_of(f->found.file));
	out->line = f->found.line;
}
