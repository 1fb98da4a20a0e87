/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/session/message_rcpt.h"
#include "milter/base/loop.h"
#include "milter/base/refid.h"
#include "milter/log/faults.h"
#include "milter/session/drain.h"
#include "milter/session/lastevent.h"
#include "milter/session/macro_check.h"
#include "milter/session/negotiate.h"
#include "policy/evidence/dialect.h"
#include "policy/judge/refusal.h"
#include "policy/reason.h"

void
message_drop_snapshots(struct message *m)
{
	while (m->held_count > 0)
		snapshot_drop(&m->held[--m->held_count]);
}

void
message_take_snapshot(struct message *m)
{
	struct snapshot *now = snapshot_take();

	if (now == NULL || now == m->snapshot) {
		snapshot_drop(&now);
		return;
	}
	if (m->held_count == SNAPSHOTS) {
		recipients_review_all(&m->accepted, now, m->arena);
		message_drop_snapshots(m);
	}
	m->changed = m->snapshot != NULL;
	m->held[m->held_count++] = now;
	m->snapshot = now;
	m->policy = snapshot_policy(now);
}

bool
message_only_logs(const struct message *m)
{
	return m->policy != NULL && m->policy->settings.mode == MODE_LOG_ONLY;
}

/* What a recipient's request has of the MTA and the session. Borrows. */
static void
message_request(const struct message *m, const struct macros *macros,
    struct slice typed, struct request *out)
{
	struct slice queue_id = macros_get(macros, MACRO_QUEUE_ID);

	*out = (struct request){
		.macros = *macros,
		.sender = m->sender,
		.recipient = slice_head(typed, LIMIT_PATH + 1),
		.requiretls = m->requiretls,
		.can_hold = (m->agreed & AGREED_HOLD) != 0,
		.can_tag = (m->agreed & AGREED_TAG) != 0,
		.sends_headers = (m->agreed & AGREED_HEADERS) != 0,
		.can_wait = lastevent_at_rcpt(queue_id, m->agreed) !=
		    LAST_EVENT_RCPT,
	};
}

void
message_keep_session(struct message *m, const struct macros *macros)
{
	struct slice queue_id = macros_get(macros, MACRO_QUEUE_ID);
	struct kept_request first;
	struct request request;

	if (m->common == NULL) {
		message_request(m, macros, SLICE_NONE, &request);
		kept_request_make(&request, NULL, m->arena, &first);
		m->common = first.common;
	}
	if (!slice_eq(m->queue_id, queue_id))
		m->queue_id = arena_copy(m->arena, queue_id);
}

struct recipient_record *
message_make_recipient(struct message *m, const struct macros *macros,
    struct slice typed)
{
	struct recipient_record *r = arena_alloc(m->arena, sizeof(*r));
	char *ref = arena_alloc(m->arena, REFID_SIZE);
	struct request request;

	r->time_ms = loop_wall_ms();
	r->snapshot = m->snapshot;
	r->policy = m->policy;
	message_request(m, macros, typed, &request);
	request.ref = refid_show(refid_next(), ref);
	if (m->policy != NULL) {
		const struct settings *settings = &m->policy->settings;

		request.mta = dialect_recognise(settings->mta, macros);
		request.now = state_now(snapshot_state(m->snapshot),
		    r->time_ms / 1000);
		r->ruling.listener = request_listener(&request, settings);
		r->ruling.applied = ACTION_PASS;
		macro_check_note(&request);
	}
	kept_request_make(&request, m->common, m->arena, &r->request);
	return r;
}

void
message_describe(const struct message *m, struct record_context *out)
{
	*out = (struct record_context){ .session = m->session };
}

void
message_record_now(struct message *m, const struct recipient_record *r,
    enum outcome outcome, const struct reply *reply)
{
	struct record_context recording;

	message_describe(m, &recording);
	recording.outcome = outcome;
	recording.queue_id = macros_get(&r->request.common->macros,
	    MACRO_QUEUE_ID);
	recording.refusal = reply;
	recipient_record_write(&recording, r);
}

const struct reply *
message_refuse(struct message *m, struct recipient_record *r,
    enum reason reason)
{
	refusal_add(m->policy, r->request.ref, reason, m->arena, &r->ruling);
	message_record_now(m, r, OUTCOME_REFUSED, r->ruling.reply);
	m->refusal = *r->ruling.reply;
	return &m->refusal;
}

/* Whether it has as many recipients as a message may have. */
static bool
message_is_full(const struct message *m)
{
	size_t most = (size_t)m->policy->settings.max_recipients;

	return m->accepted.ruled >= most ||
	    m->accepted.ruled >= LIMIT_RECIPIENTS;
}

/* Why a recipient that its rules would accept is refused; OK: it is not. */
static enum reason
message_find_obstacle(const struct message *m,
    const struct recipient_record *r)
{
	if (!recipient_record_is_asked(r))
		return REASON_OK;
	if (message_is_full(m))
		fault_count(FAULT_TOO_MANY_RECIPIENTS);
	if (message_only_logs(m))
		return REASON_OK;
	if (drain_is_stopping())
		return REASON_SHUTTING_DOWN;
	return message_is_full(m) ? REASON_TOO_MANY_RECIPIENTS : REASON_OK;
}

/* *refusal: that of one for which its client has no room, or NULL. */
static enum message_keep
message_keep(struct message *m, struct recipient_record *r,
    const struct reply **refusal)
{
	bool unruled = r->ruling.count == 0 && !r->ruling.wants_headers;

	*refusal = NULL;
	if (unruled && !recipients_keep_unruled(&m->accepted, r))
		return MESSAGE_KEEP_NOTHING;
	if (!unruled && (message_is_full(m) ||
	    !recipients_keep(&m->accepted, r))) {
		if (!message_only_logs(m) && recipient_record_is_asked(r))
			*refusal = message_refuse(m, r,
			    REASON_TOO_MANY_WAITING);
		else
			message_record_now(m, r, OUTCOME_ACCEPTED, NULL);
		m->accepted.forgotten = m->accepted.forgotten ||
		    *refusal == NULL;
		return MESSAGE_KEEP_NOTHING;
	}
	m->common = r->request.common;
	if (unruled)
		return MESSAGE_KEEP_REQUEST;
	kept_request_share(&r->request, r->ruling.session);
	return MESSAGE_KEEP_ALL;
}

enum message_keep
message_settle(struct message *m, struct recipient_record *r,
    const struct reply **refusal)
{
	enum reason obstacle;

	*refusal = NULL;
	if (r->ruling.applied >= ACTION_DEFER && !r->ruling.at_end) {
		message_record_now(m, r, OUTCOME_REFUSED, r->ruling.reply);
		m->refusal = *r->ruling.reply;
		*refusal = &m->refusal;
		return MESSAGE_KEEP_NOTHING;
	}
	obstacle = message_find_obstacle(m, r);
	if (obstacle != REASON_OK) {
		*refusal = message_refuse(m, r, obstacle);
		return MESSAGE_KEEP_NOTHING;
	}
	return message_keep(m, r, refusal);
}
