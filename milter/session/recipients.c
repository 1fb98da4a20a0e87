/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/session/recipients.h"
#include "milter/base/loop.h"
#include "milter/session/clientkey.h"
#include "policy/evidence/dialect.h"

/* Octets of an address; RFC 5321 section 4.5.3.1 allows 320. */
enum { USUAL_ADDRESS = 200 };

void
recipients_init(struct recipients *list)
{
	*list = (struct recipients){ .first = NULL };
	list->last = &list->first;
}

void
recipients_release(struct recipients *list)
{
	if (list->held > 0)
		clientkey_release(list->client, list->held);
	list->held = 0;
}

/* How many recipients with an address of a usual length need as much memory: a
 * long one is kept in several spellings. */
static size_t
recipients_weight(const struct recipient_record *r)
{
	return 1 + r->request.recipient.n / USUAL_ADDRESS;
}

/* Counts r for its client. The first one's counts for all: a message has one
 * client. */
static bool
recipients_hold(struct recipients *list, const struct recipient_record *r)
{
	size_t weight = recipients_weight(r);

	if (list->held == 0)
		list->client = clientkey_of(r->request.common);
	if (!clientkey_hold(list->client, weight))
		return false;
	list->held += weight;
	return true;
}

static void
recipients_add(struct recipients *list, struct recipient_record *r)
{
	assert(*list->last == NULL);
	*list->last = r;
	list->last = &r->next;
}

bool
recipients_keep(struct recipients *list, struct recipient_record *r)
{
	if (!recipients_hold(list, r))
		return false;
	list->ruled++;
	recipients_add(list, r);
	return true;
}

bool
recipients_keep_unruled(struct recipients *list, struct recipient_record *r)
{
	assert(r->ruling.count == 0 && !r->ruling.wants_headers);
	if (list->unruled == LIMIT_RECIPIENTS || !recipients_hold(list, r)) {
		list->forgotten = true;
		return false;
	}
	list->unruled++;
	r->candidate = NULL;
	recipients_add(list, r);
	return true;
}

static bool
recipients_used_exception(const struct ruling *ruling)
{
	for (size_t i = 0; i < ruling->count; i++)
		if (ruling->list[i].exception.p != NULL)
			return true;
	return false;
}

/* Whether a part of the ruling waits for the end of the message: a hold, a tag,
 * or what rests on the header. */
static bool
recipients_is_waiting(const struct ruling *ruling)
{
	return ruling->wants_headers || ruling->applied == ACTION_TAG ||
	    ruling->applied == ACTION_HOLD;
}

static void
recipients_judge_again(struct recipient_record *r,
    const struct snapshot *snapshot, bool can_wait, struct arena *a)
{
	r->snapshot = snapshot;
	r->policy = snapshot_policy(snapshot);
	/* The macros are read as the policy in force says, too. */
	r->request.mta = dialect_recognise(r->policy->settings.mta,
	    &r->request.common->macros);
	r->time_ms = loop_wall_ms();
	r->request.now = state_now(snapshot_state(snapshot),
	    r->time_ms / 1000);
	r->request.can_wait = can_wait;
	r->request.accepted = true;
	recipient_record_judge(r, a);
	kept_request_share(&r->request, r->ruling.session);
}

void
recipients_review(struct recipients *list, const struct snapshot *snapshot,
    bool can_wait, struct arena *a)
{
	for (struct recipient_record *r = list->first; r != NULL; r = r->next)
		if (r->snapshot != snapshot ||
		    recipients_used_exception(&r->ruling) ||
		    (!can_wait && recipients_is_waiting(&r->ruling)))
			recipients_judge_again(r, snapshot, can_wait, a);
}

void
recipients_review_all(struct recipients *list,
    const struct snapshot *snapshot, struct arena *a)
{
	for (struct recipient_record *r = list->first; r != NULL; r = r->next)
		recipients_judge_again(r, snapshot, r->request.can_wait, a);
}

/* An exception may have ended since RCPT: the time is that of now. */
void
recipients_judge_header(struct recipients *list,
    struct header_evidence *header, struct arena *a)
{
	for (struct recipient_record *r = list->first; r != NULL;
	     r = r->next) {
		struct request request;

		if (!r->ruling.wants_headers ||
		    !r->request.common->sends_headers)
			continue;
		r->request.now = state_now(snapshot_state(r->snapshot),
		    loop_wall_ms() / 1000);
		kept_request_whole(&r->request, &request);
		r->at_end = arena_alloc(a, sizeof(*r->at_end));
		judge_at_end(r->policy, &request, header, a, r->at_end);
		kept_request_share(&r->request, r->at_end->session);
	}
}

const struct recipient_record *
recipients_strictest(const struct recipients *list)
{
	const struct recipient_record *found = NULL;
	enum action most = ACTION_PASS;

	for (const struct recipient_record *r = list->first; r != NULL;
	     r = r->next) {
		enum action applied = recipient_record_applied(r);

		if (r->request.accepted && applied >= ACTION_DEFER)
			return r;
		if (applied > most) {
			most = applied;
			found = r;
		}
	}
	return found;
}

void
recipients_record(struct recipients *list,
    const struct record_context *recording)
{
	for (struct recipient_record *r = list->first; r != NULL;
	     r = r->next) {
		if (!r->recorded)
			recipient_record_write(recording, r);
		r->recorded = true;
	}
}

void
recipients_record_aborted(struct recipients *list,
    struct record_context *recording, struct arena *a)
{
	recording->outcome = OUTCOME_ABORTED;
	for (struct recipient_record *r = list->first; r != NULL;
	     r = r->next) {
		if (!r->ruling.wants_headers || r->recorded)
			continue;
		r->request.can_wait = false;
		recipient_record_judge(r, a);
	}
	recipients_record(list, recording);
}
