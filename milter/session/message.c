/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>

#include "milter/session/message.h"
#include "milter/base/arenapool.h"
#include "milter/base/counters.h"
#include "milter/log/faults.h"
#include "milter/session/lastevent.h"
#include "milter/session/message_rcpt.h"
#include "milter/session/negotiate.h"
#include "policy/judge/refusal.h"
#include "policy/reason.h"

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct message *under_way;
static size_t under_way_count;

static struct counter asked = { .name = "recipients",
	.family = "recipients_total", .labels = "",
	.help = "Recipients that the MTA asked about." };

static void
message_enlist(struct message *m)
{
	pthread_mutex_lock(&lock);
	m->next = under_way;
	m->link = &under_way;
	if (m->next != NULL)
		m->next->link = &m->next;
	under_way = m;
	under_way_count++;
	pthread_mutex_unlock(&lock);
}

static void
message_delist(struct message *m)
{
	pthread_mutex_lock(&lock);
	assert(under_way_count > 0 && *m->link == m);
	*m->link = m->next;
	if (m->next != NULL)
		m->next->link = m->link;
	under_way_count--;
	pthread_mutex_unlock(&lock);
}

size_t
message_count(void)
{
	size_t count;

	pthread_mutex_lock(&lock);
	count = under_way_count;
	pthread_mutex_unlock(&lock);
	return count;
}

void
message_register(void)
{
	counters_register(&asked, 1);
}

uint64_t
message_asked(void)
{
	return counter_value(&asked);
}

static struct message *
message_create(uint64_t session, unsigned agreed)
{
	struct arena *arena = arenapool_take();
	struct message *m = arena_alloc(arena, sizeof(*m));

	m->arena = arena;
	m->session = session;
	m->agreed = agreed;
	recipients_init(&m->accepted);
	return m;
}

static void
message_destroy(struct message **message)
{
	struct arena *arena = (*message)->arena;

	assert(arena != NULL);
	recipients_release(&(*message)->accepted);
	message_drop_snapshots(*message);
	*message = NULL;
	arenapool_give(&arena);
}

struct message *
message_begin(uint64_t session, unsigned agreed)
{
	struct message *m = message_create(session, agreed);

	message_enlist(m);
	return m;
}

void
message_mail(struct message *m, char *const *words)
{
	m->sender = arena_copy(m->arena, slice_head(slice_of(words[0]),
	    LIMIT_PATH + 1));
	m->requiretls = false;
	for (size_t i = 1; words[0] != NULL && words[i] != NULL; i++)
		if (slice_ieq(slice_of(words[i]), SLICE("REQUIRETLS")))
			m->requiretls = true;
}

/*
 * Sendmail gives every message an id of its own, and without MAIL nothing else
 * shows that the last one has ended (FACTS 28). Postfix gives an id at the
 * first accepted recipient (FACTS 29), so when there was none before, it is
 * still the same message.
 */
bool
message_is_another(const struct message *m, struct slice queue_id)
{
	return m->queue_id.p != NULL && !slice_eq(m->queue_id, queue_id);
}

const struct reply *
message_recipient(struct message *m, const struct macros *macros,
    struct slice typed)
{
	const struct reply *refusal;
	struct arena_mark before, made;
	struct recipient_record *r;

	counter_add(&asked);
	message_take_snapshot(m);
	message_keep_session(m, macros);
	/* What is not kept uses no memory: a client may try as many
	 * recipients as it likes. */
	before = arena_mark(m->arena);
	r = message_make_recipient(m, macros, typed);
	made = arena_mark(m->arena);
	if (m->policy == NULL) {
		refusal = message_refuse(m, r, REASON_POLICY_UNAVAILABLE);
		arena_rewind(m->arena, before);
		return refusal;
	}
	recipient_record_judge(r, m->arena);
	recipient_record_count_faults(r);
	switch (message_settle(m, r, &refusal)) {
	case MESSAGE_KEEP_NOTHING:
		arena_rewind(m->arena, before);
		break;
	case MESSAGE_KEEP_REQUEST:
		arena_rewind(m->arena, made);
		break;
	case MESSAGE_KEEP_ALL:
		break;
	}
	return refusal;
}

size_t
message_memory(const struct message *m)
{
	return arena_used(m->arena);
}

void
message_field(struct message *m, struct slice name, struct slice value)
{
	messageheader_note(&m->fields, m->arena, name, value);
}

/* The changes to a message that is accepted. */
static void
message_change(struct message *m, const struct recipient_record *strictest,
    struct ending *out)
{
	if (strictest != NULL &&
	    recipient_record_applied(strictest) == ACTION_HOLD)
		out->hold = tag_hold_reason(m->arena, strictest);
	if ((m->agreed & AGREED_TAG) != 0) {
		for (struct recipient_record *r = m->accepted.first; r != NULL;
		     r = r->next)
			tags_add(&m->tags, m->arena, r);
		out->tags = m->tags.list;
		out->tag_count = m->tags.count;
	}
	out->forged = m->fields.forged;
}

/* Refuses the whole message for a reason of our own. It has the reference of
 * the first recipient, which is kept for that if none is. */
static void
message_refuse_all(struct message *m, enum reason reason, struct ending *out)
{
	struct recipient_record *r = m->accepted.first;
	bool kept = true;

	if (r == NULL) {
		r = message_make_recipient(m, &m->common->macros,
		    macros_get(&m->common->macros, MACRO_RCPT_ADDR));
		kept = recipients_keep(&m->accepted, r);
	}
	if (r->at_end == NULL)
		r->at_end = arena_alloc(m->arena, sizeof(*r->at_end));
	refusal_add(m->policy, r->request.ref, reason, m->arena, r->at_end);
	*out = (struct ending){ .refusal = r->at_end->reply };
	if (!kept)
		message_record_now(m, r, OUTCOME_REFUSED, out->refusal);
}

/* Whether fields of our name would stay in the message. */
static bool
message_stays_forged(const struct message *m)
{
	return m->fields.forged > MESSAGEHEADER_FORGED ||
	    (m->fields.forged > 0 && (m->agreed & AGREED_CLEAN) == 0);
}

/* Refuses the whole message, if a recipient is refused. In log-only mode
 * nothing is. */
static void
message_refuse_strictest(struct message *m,
    const struct recipient_record *strictest, struct ending *out)
{
	*out = (struct ending){ .refusal = NULL };
	if (message_only_logs(m))
		return;
	if (strictest != NULL &&
	    recipient_record_applied(strictest) >= ACTION_DEFER)
		out->refusal = recipient_record_ruling(strictest)->reply;
	else if (m->accepted.forgotten && m->changed)
		/* What is not kept cannot be judged again. */
		message_refuse_all(m, REASON_TOO_MANY_RECIPIENTS, out);
}

/* Records what is accepted at DATA, where that is for good. */
static void
message_record_accepted(struct message *m)
{
	struct record_context recording;

	message_describe(m, &recording);
	recording.outcome = OUTCOME_ACCEPTED;
	recipients_record(&m->accepted, &recording);
}

void
message_data(struct message *m, struct slice queue_id, struct ending *out)
{
	const struct recipient_record *strictest;

	*out = (struct ending){ .refusal = NULL };
	if (m->policy == NULL || lastevent_at_data(queue_id) != LAST_EVENT_DATA)
		return;
	message_take_snapshot(m);
	recipients_review(&m->accepted, m->snapshot, false, m->arena);
	strictest = recipients_strictest(&m->accepted);
	message_refuse_strictest(m, strictest, out);
	if (out->refusal == NULL)
		message_record_accepted(m);
	else if (strictest != NULL && recipient_record_lacks_end(strictest))
		fault_count(FAULT_NO_END);
}

void
message_end(struct message *m, struct ending *out)
{
	struct header_evidence header = messageheader_get(&m->fields);
	const struct recipient_record *strictest;

	*out = (struct ending){ .refusal = NULL };
	if (m->policy == NULL)
		return;
	message_take_snapshot(m);
	recipients_review(&m->accepted, m->snapshot, true, m->arena);
	recipients_judge_header(&m->accepted, &header, m->arena);
	strictest = recipients_strictest(&m->accepted);
	message_refuse_strictest(m, strictest, out);
	/* In log-only mode nothing is changed. */
	if (out->refusal != NULL || message_only_logs(m))
		return;
	if (message_stays_forged(m))
		message_refuse_all(m, REASON_FORGED_FIELDS, out);
	else
		message_change(m, strictest, out);
}

void
message_end_failed(struct message *m, struct ending *out)
{
	message_refuse_all(m, REASON_CHANGE_REFUSED, out);
}

/* What was done with the message, and so with every kept recipient. */
static enum action
message_applied_to_all(const struct ending *ending)
{
	if (ending->refusal != NULL)
		return ending->refusal->action;
	if (ending->hold != NULL)
		return ACTION_HOLD;
	return ending->tag_count > 0 ? ACTION_TAG : ACTION_PASS;
}

static void
message_record_end(struct message *m, const struct ending *ending,
    struct slice queue_id)
{
	struct record_context recording;

	message_describe(m, &recording);
	recording.queue_id = queue_id;
	recording.applied = message_applied_to_all(ending);
	recording.refusal = ending->refusal;
	recording.outcome = ending->refusal != NULL ? OUTCOME_REFUSED
						    : OUTCOME_ACCEPTED;
	recipients_record(&m->accepted, &recording);
}

static void
message_record_abandoned(struct message *m)
{
	struct record_context recording;

	message_describe(m, &recording);
	recording.queue_id = m->queue_id;
	recipients_record_aborted(&m->accepted, &recording, m->arena);
}

void
message_finish(struct message **message, const struct ending *ending,
    struct slice queue_id)
{
	message_record_end(*message, ending, queue_id);
	message_delist(*message);
	message_destroy(message);
}

void
message_abandon(struct message **message)
{
	if (*message == NULL)
		return;
	message_record_abandoned(*message);
	message_delist(*message);
	message_destroy(message);
}

const struct reply *
message_too_late(uint64_t session, unsigned agreed,
    const struct macros *macros, struct slice typed, struct reply *out)
{
	/* Not among the open ones, which may be recorded at this moment. */
	struct message *m = message_create(session, agreed);
	struct ending ending = { .refusal = NULL };
	const struct reply *refusal;

	if (typed.p != NULL) {
		refusal = message_recipient(m, macros, typed);
		message_record_abandoned(m);
	} else {
		message_take_snapshot(m);
		message_keep_session(m, macros);
		if (!message_only_logs(m)) {
			message_refuse_all(m, REASON_SHUTTING_DOWN, &ending);
			message_record_end(m, &ending, m->queue_id);
		}
		refusal = ending.refusal;
	}
	if (refusal != NULL)
		*out = *refusal;
	message_destroy(&m);
	return refusal != NULL ? out : NULL;
}

void
message_abandon_all(void)
{
	for (;;) {
		struct message *m = under_way;

		if (m == NULL)
			break;
		message_abandon(&m);
	}
}
