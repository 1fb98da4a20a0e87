/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/session/recipient_record.h"
#include "milter/base/refid.h"
#include "milter/log/decisionlog.h"
#include "milter/log/faults.h"
#include "milter/log/log.h"
#include "milter/session/clientkey.h"
#include "policy/judge/record.h"

const struct ruling *
recipient_record_ruling(const struct recipient_record *r)
{
	if (r->at_end != NULL && r->at_end->applied > r->ruling.applied)
		return r->at_end;
	return &r->ruling;
}

enum action
recipient_record_applied(const struct recipient_record *r)
{
	return recipient_record_ruling(r)->applied;
}

void
recipient_record_judge(struct recipient_record *r, struct arena *a)
{
	struct request request;

	assert(r->policy != NULL);
	kept_request_whole(&r->request, &request);
	r->at_end = r->candidate = NULL;
	judge_recipient(r->policy, &request, a, &r->ruling);
	if (r->policy->candidate == NULL)
		return;
	if (r->ruling.session != NULL)
		request.session = r->ruling.session;
	r->candidate = arena_alloc(a, sizeof(*r->candidate));
	judge_recipient(r->policy->candidate, &request, a, r->candidate);
}

bool
recipient_record_is_asked(const struct recipient_record *r)
{
	for (size_t i = 0; i < r->ruling.count; i++)
		if (!reason_is_no_rule(r->ruling.list[i].finding.reason))
			return true;
	return r->ruling.wants_headers;
}

bool
recipient_record_lacks_end(const struct recipient_record *r)
{
	return !r->request.can_wait && r->ruling.applied == ACTION_DEFER &&
	    (r->ruling.strictest->planned < ACTION_DEFER ||
		(r->ruling.wants_headers && r->request.common->sends_headers));
}

void
recipient_record_count_faults(const struct recipient_record *r)
{
	const struct request *common = r->request.common;

	for (size_t i = 0; i < r->ruling.count; i++) {
		const struct decision *d = &r->ruling.list[i];

		if (d->planned == ACTION_HOLD && !common->can_hold)
			fault_count(FAULT_CANNOT_HOLD);
		if (d->planned == ACTION_TAG && !common->can_tag)
			fault_count(FAULT_CANNOT_TAG);
	}
	if (r->ruling.wants_headers && !common->sends_headers)
		fault_count(FAULT_NO_HEADERS);
	if (recipient_record_lacks_end(r))
		fault_count(FAULT_NO_END);
}

/* What was done in the end. An action on the whole message is one on each of
 * its recipients. With an abandoned message nothing was done. */
static enum action
recipient_applied_to(const struct record_context *recording,
    const struct recipient_record *r)
{
	enum action own = recipient_record_applied(r);

	if (recording->outcome == OUTCOME_ABORTED)
		return ACTION_PASS;
	return recording->applied > own ? recording->applied : own;
}

/* The pause under which d was made; absent: none. What is refused all the same
 * is what no rule decided. */
static struct slice
recipient_pause_of(const struct policy *policy, const struct decision *d,
    int64_t now)
{
	const struct pause *pause = policy == NULL ||
	    d->applied != ACTION_PASS ? NULL
	    : policy_pause(policy, d->hop, now);

	return pause == NULL ? SLICE_NONE : pause->id;
}

static void
recipient_write_ruling(struct record *record, const struct policy *policy,
    const struct ruling *ruling, struct line_origin *origin, bool syslog)
{
	char text[LIMIT_DECISION], name[SHORTENING_TEXT];
	struct slice line = { text, 0 };

	for (size_t i = 0; i < ruling->count; i++) {
		record->decision = &ruling->list[i];
		record->pause = recipient_pause_of(policy, record->decision,
		    record->request->now);
		origin->partner = record_name(record->shortening,
		    record->decision->partner, name, sizeof(name));
		origin->reason = record->decision->finding.reason;
		if (decisionlog_is_open()) {
			line.n = record_json(record, text, sizeof(text));
			decisionlog_add(line, origin);
		}
		if (syslog) {
			line.n = record_text(record, text, sizeof(text));
			log_decision(line);
		}
	}
}

void
recipient_record_write(const struct record_context *recording,
    const struct recipient_record *r)
{
	static const struct settings none = { .mode = MODE_ENFORCE };
	/* What the policy allows is not known. */
	static const struct shortening least = { .form = ADDRESSES_DOMAIN };
	const struct policy *policy = r->policy;
	const struct state *state = snapshot_state(r->snapshot);
	const struct settings *settings = policy != NULL ? &policy->settings
							 : &none;
	char session[REFID_SIZE];
	struct request request;
	struct line_origin origin = {
		.client = clientkey_of(r->request.common),
		.session = recording->session,
	};
	struct record record = {
		.time_ms = r->time_ms,
		.outcome = recording->outcome,
		.queue_id = recording->queue_id,
		.session = refid_show(recording->session, session),
		.request = &request,
		.applied = recipient_applied_to(recording, r),
		.listener = r->ruling.listener,
		.mode = settings->mode,
		.candidate = r->candidate,
		.reply = recording->refusal,
		.policy_digest = policy != NULL ? policy->digest : NULL,
		.shortening = policy != NULL ? &policy->shortening : &least,
		.has_generation = state != NULL,
		.generation = state != NULL ? state->generation : 0,
	};

	kept_request_whole(&r->request, &request);
	recipient_write_ruling(&record, policy, &r->ruling, &origin,
	    settings->syslog);
	if (r->at_end != NULL)
		recipient_write_ruling(&record, policy, r->at_end, &origin,
		    settings->syslog);
}
