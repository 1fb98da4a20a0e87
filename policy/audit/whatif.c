/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/gathered.h"
#include "policy/audit/whatif.h"
#include "policy/audit/whatif_rows.h"
#include "policy/base/jsontext.h"
#include "policy/names/address.h"
#include "policy/names/domain.h"
#include "policy/reason.h"

struct whatif {
	const struct policy *policy;    /* borrows, or unpaused */
	struct policy unpaused;         /* the same without its pauses */
	struct overlay overlay;         /* of unpaused */
	struct arena *arena;            /* owns; of one judgement */
	json_t *address_domains;        /* owns; those of rows whose key is an
	                                 * address */
	struct whatif_totals totals;
	struct gathered *gathered;      /* owns */
	struct whatif_rows *rows;       /* owns */
};

static bool
whatif_note_address_row(const struct table *table ATTR_UNUSED,
    const struct row *row, void *data)
{
	size_t at = slice_rfind(row->key, '@');
	struct slice domain = slice_from(row->key, at + 1);

	if (at < row->key.n)
		json_object_setn_new(data, domain.p, domain.n, json_true());
	return true;
}

static void whatif_judge(struct gathered_record *records, void *data);

struct whatif *
whatif_create(const struct policy *policy)
{
	struct whatif *w = xcalloc(1, sizeof(*w));

	assert(policy != NULL);
	w->policy = policy;
	if (policy->overlay != NULL && policy->overlay->pauses != NULL) {
		w->overlay = *policy->overlay;
		w->overlay.pauses = NULL;
		w->unpaused = *policy;
		w->unpaused.overlay = &w->overlay;
		w->policy = &w->unpaused;
	}
	w->rows = whatif_rows_create();
	w->gathered = gathered_create(whatif_judge, w);
	w->arena = arena_create(16384);
	w->address_domains = json_object();
	table_each(policy->table, whatif_note_address_row,
	    w->address_domains);
	return w;
}

void
whatif_destroy(struct whatif **whatif)
{
	struct whatif *w = *whatif;

	if (w == NULL)
		return;
	whatif_rows_destroy(&w->rows);
	gathered_destroy(&w->gathered);
	arena_destroy(&w->arena);
	json_decref(w->address_domains);
	free(w);
	*whatif = NULL;
}

/* The outcome for a recipient by its records. */
struct old_outcome {
	const struct gathered_record *records;
	const struct recorded *base;    /* the one with the session's proof,
	                                 * or else the first */
	const struct recorded *refused; /* NULL: its own rules did not; a
	                                 * message may be refused because of
	                                 * another recipient */
};

static bool
whatif_refused_it(const struct recorded *r)
{
	const struct decision *d = &r->decision;

	/* A hold becomes a refusal when the MTA cannot hold. What we could not
	 * take was refused by no policy. */
	return r->outcome == OUTCOME_REFUSED && r->mode == MODE_ENFORCE &&
	    !reason_is_ours(d->finding.reason) &&
	    d->finding.verdict != VERDICT_PASS &&
	    d->planned >= ACTION_HOLD && d->exempt == EXEMPT_NONE &&
	    d->exception.p == NULL;
}

static struct old_outcome
whatif_old_outcome(struct gathered_record *records)
{
	struct old_outcome old = { .records = records,
		.base = gathered_base(records) };

	for (const struct gathered_record *k = records; k != NULL;
	     k = k->next) {
		const struct recorded *r = &k->record;

		if (whatif_refused_it(r) && (old.refused == NULL ||
		    r->decision.planned > old.refused->decision.planned))
			old.refused = r;
	}
	return old;
}

/* The request as it was. Without a proof of the session it is measured as
 * *session, all unknown. */
static struct request
whatif_request_of(const struct old_outcome *old, struct evidence *session)
{
	struct request request = old->base->request;

	if (!gathered_has_session_proof(old->base)) {
		*session = (struct evidence){
			.client = old->base->proof.client };
		request.measured = session;
	}
	if (old->refused != NULL &&
	    old->refused->decision.planned == ACTION_HOLD)
		request.can_hold = false;
	return request;
}

/* Whether an exception allowed this rule to fail: that it has ended since is no
 * effect of the new policy. */
static bool
whatif_was_excepted(const struct old_outcome *old, const struct decision *d)
{
	for (const struct gathered_record *k = old->records; k != NULL;
	     k = k->next) {
		const struct decision *recorded = &k->record.decision;

		if (recorded->exception.p != NULL && recorded->hop == d->hop &&
		    slice_eq(recorded->partner, d->partner))
			return true;
	}
	return false;
}

/* Whether this rule let it pass for a pause alone: that it acts again is no
 * effect of the new policy. */
static bool
whatif_was_paused(const struct old_outcome *old, const struct decision *d)
{
	for (const struct gathered_record *k = old->records; k != NULL;
	     k = k->next) {
		const struct decision *recorded = &k->record.decision;

		if (k->record.pause.p != NULL && recorded->hop == d->hop &&
		    recorded->finding.verdict != VERDICT_PASS &&
		    recorded->planned >= ACTION_HOLD &&
		    recorded->exempt == EXEMPT_NONE &&
		    slice_eq(recorded->partner, d->partner))
			return true;
	}
	return false;
}

/* Whether the record lacks what the decision rests on. */
static bool
whatif_is_unknown(const struct decision *d)
{
	return d->finding.verdict == VERDICT_UNDECIDED;
}

/* Whether the outcome depends on the header, which is not recorded. For a
 * client that is no own relay only TLS-Required: no counts, and that was
 * recorded if it decided. */
static bool
whatif_needs_header(const struct whatif *w, const struct request *request,
    const struct ruling *ruling)
{
	struct netaddr client = request_client(request);

	return ruling->wants_headers && (client.family == 0 ||
	    settings_relay(&w->policy->settings, &client) != NULL);
}

/* The outcome for a recipient under the new policy. */
struct new_outcome {
	const struct decision *refuses; /* on what is recorded; or NULL */
	const struct decision *unknown; /* refuses because something is not
	                                 * recorded; or NULL */
	const struct decision *paused;  /* refuses what a pause had let pass;
	                                 * or NULL */
	bool needs_header;
};

static struct new_outcome
whatif_new_outcome(const struct whatif *w, const struct old_outcome *old,
    const struct request *request, const struct ruling *ruling)
{
	struct new_outcome new = { .needs_header =
			       whatif_needs_header(w, request, ruling) };

	for (size_t i = 0; i < ruling->count; i++) {
		const struct decision *d = &ruling->list[i];
		const struct decision **slot =
		    whatif_was_paused(old, d) ? &new.paused
		    : whatif_is_unknown(d) ? &new.unknown : &new.refuses;

		if (d->applied >= ACTION_DEFER &&
		    !whatif_was_excepted(old, d) &&
		    (*slot == NULL || d->applied > (*slot)->applied))
			*slot = d;
	}
	return new;
}

/* A login in clear is a finding whatever the rules say. */
static bool
whatif_is_of_a_rule(const struct decision *d)
{
	return !reason_is_no_rule(d->finding.reason) && !(d->rule == NULL &&
	    d->finding.reason == REASON_LOGIN_IN_CLEAR);
}

static void
whatif_count_judged(struct whatif *w, const struct ruling *ruling)
{
	for (size_t i = 0; i < ruling->count; i++) {
		const struct decision *d = &ruling->list[i];

		if (whatif_is_of_a_rule(d))
			whatif_entry_of(w->rows, d->partner,
			    d->hop)->row.judged++;
	}
}

/* Counts what fails a rule of a stage, or in a mode, that refuses nothing. */
static void
whatif_count_idle(struct whatif *w, const struct old_outcome *old,
    const struct ruling *ruling)
{
	bool any = false;

	for (size_t i = 0; i < ruling->count; i++) {
		const struct decision *d = &ruling->list[i];
		struct whatif_entry *e;

		if (d->finding.verdict != VERDICT_FAIL ||
		    d->applied >= ACTION_DEFER || d->exempt != EXEMPT_NONE ||
		    d->exception.p != NULL || !whatif_is_of_a_rule(d))
			continue;
		e = whatif_entry_of(w->rows, d->partner, d->hop);
		e->row.idle++;
		whatif_entry_add_client(e->idle_clients, old->base);
		any = true;
	}
	w->totals.idle += any ? 1 : 0;
}

static void
whatif_count_refused(struct whatif *w, const struct old_outcome *old,
    const struct decision *by)
{
	struct whatif_entry *e = whatif_entry_of(w->rows, by->partner, by->hop);

	w->totals.newly_refused++;
	e->row.newly_refused++;
	e->row.by_reason[by->finding.reason]++;
	whatif_entry_add_sender(e, old->base);
	whatif_entry_add_client(e->clients, old->base);
}

static void
whatif_count_unknown(struct whatif *w, const struct decision *by)
{
	w->totals.cannot_tell++;
	whatif_entry_of(w->rows, by->partner, by->hop)->row.cannot_tell++;
}

static void
whatif_count_paused(struct whatif *w, const struct decision *by)
{
	w->totals.paused++;
	whatif_entry_of(w->rows, by->partner, by->hop)->row.paused++;
}

static void
whatif_count_passed(struct whatif *w, const struct recorded *before)
{
	w->totals.newly_passed++;
	whatif_entry_of(w->rows, before->decision.partner,
	    before->decision.hop)->row.newly_passed++;
}

static void
whatif_compare(struct whatif *w, const struct old_outcome *old,
    const struct new_outcome *new)
{
	const struct recorded *was = old->refused;

	if (was != NULL) {
		bool is_unknown = new->unknown != NULL;

		/* What was not known then is not known now, and refused. */
		if (new->refuses != NULL || (is_unknown && !old->base->cut))
			return;
		if (new->needs_header || is_unknown)
			whatif_count_unknown(w, &was->decision);
		else
			whatif_count_passed(w, was);
	} else if (new->refuses != NULL)
		whatif_count_refused(w, old, new->refuses);
	else if (new->paused != NULL)
		whatif_count_paused(w, new->paused);
	else if (new->unknown != NULL)
		whatif_count_unknown(w, new->unknown);
	else if (new->needs_header)
		whatif_count_unknown(w, &old->base->decision);
}

/* Whether it was refused for its header, and the new policy reads that too. */
static bool
whatif_is_refused_by_header(const struct old_outcome *old,
    const struct ruling *ruling)
{
	return old->refused != NULL && ruling->wants_headers &&
	    old->refused->decision.finding.reason == REASON_TLS_REQUIRED_NO;
}

/* Whether a row of the policy may be for an address of this domain whose local
 * part is not recorded. */
static bool
whatif_may_have_row(const struct whatif *w, struct slice path)
{
	struct address address;
	struct domain domain;
	struct slice name;

	if (!address_cut(path, &address) ||
	    !domain_from(address.domain, &domain))
		return false;
	name = domain_slice(&domain);
	return !slice_eq(address.local, SLICE("postmaster")) &&
	    json_object_getn(w->address_domains, name.p, name.n) != NULL;
}

/* Whether the records are of an address that has a row of its own, or of a
 * neighbour of one that has: that is not known. */
static bool
whatif_is_unnamed(const struct whatif *w, const struct recorded *r)
{
	const struct macros *m = &r->request.macros;

	return r->shortened &&
	    (whatif_may_have_row(w, r->request.recipient) ||
		whatif_may_have_row(w, macros_get(m, MACRO_RCPT_ADDR)) ||
		whatif_may_have_row(w, macros_get(m, MACRO_MAIL_ADDR)) ||
		whatif_may_have_row(w, r->request.sender));
}

static void
whatif_judge(struct gathered_record *records, void *data)
{
	struct whatif *w = data;
	struct old_outcome old = whatif_old_outcome(records);
	struct evidence session;
	struct request request = whatif_request_of(&old, &session);
	struct ruling ruling;
	struct new_outcome new;

	if (whatif_is_unnamed(w, old.base)) {
		w->totals.recipients++;
		whatif_count_unknown(w, &old.base->decision);
		return;
	}
	arena_reset(w->arena);
	judge_recipient(w->policy, &request, w->arena, &ruling);
	new = whatif_new_outcome(w, &old, &request, &ruling);
	w->totals.recipients++;
	if (reason_is_no_rule(old.base->decision.finding.reason))
		w->totals.unasked++;
	whatif_count_judged(w, &ruling);
	/* A message without an end was not judged at its end. */
	if (old.base->outcome == OUTCOME_ABORTED && ruling.at_end)
		return;
	whatif_count_idle(w, &old, &ruling);
	if (!whatif_is_refused_by_header(&old, &ruling))
		whatif_compare(w, &old, &new);
}

void
whatif_line(struct whatif *w, struct slice line)
{
	json_t *record = json_loadb(line.n == 0 ? "" : line.p, line.n, 0,
	    NULL);

	if (!gathered_add(w->gathered, record))
		w->totals.skipped++;
	json_decref(record);
}

/* Whether a line is older than since. */
static bool
whatif_is_before(struct slice line, int64_t since)
{
	int64_t when = since == 0 ? 0 : recorded_line_time(line);

	return when > 0 && when < since;
}

int
whatif_read(struct whatif *w, struct lines *log, int64_t since, struct err *e)
{
	struct logline line;

	while (lines_next(log, &line, e))
		if (!whatif_is_before(line.text, since))
			whatif_line(w, line.text);
	return e->text[0] == '\0' ? 0 : -1;
}

void
whatif_end(struct whatif *w)
{
	gathered_end(w->gathered);
}

struct whatif_totals
whatif_totals(const struct whatif *w)
{
	return w->totals;
}

void
whatif_each(struct whatif *w,
    void (*visit)(const struct whatif_row *row, void *data), void *data)
{
	whatif_rows_each(w->rows, visit, data);
}
