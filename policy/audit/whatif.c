/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/audit/whatif.h"
#include "policy/base/jsontext.h"

enum {
	/* Recipients whose records are gathered before one is judged: the
	 * threads of the daemon write side by side. */
	WINDOW = 256,
	ARENA = 4096,
	/* References remembered after that: the same file named twice. */
	REFS = 1 << 16,
	WAYS = 8,
	BUCKETS = 1 << 12,
	/* Senders counted for one row; further ones are counted, not named. */
	SENDERS = 4096
};

struct kept {
	struct recorded record;
	struct kept *next;
};

/* The records of one reference so far. */
struct gathered {
	struct arena *arena;            /* owns; NULL: never used */
	struct kept *first, **last;
};

struct entry {
	struct entry *next;
	struct whatif_row row;
	char *name;                     /* owns */
	json_t *senders;                /* owns; a tally of addresses */
};

struct whatif {
	const struct policy *policy;
	struct arena *arena;            /* owns; of one judgement */
	struct whatif_totals totals;
	uint64_t hashes[WINDOW];        /* of the references that wait */
	struct gathered waiting[WINDOW];        /* a ring */
	size_t oldest;
	uint64_t refs[REFS + WAYS];     /* hashes that were judged; each is
	                                 * WAYS from its low bits at most */
	struct entry *buckets[BUCKETS]; /* own */
	size_t rows;
};

struct whatif *
whatif_create(const struct policy *policy)
{
	struct whatif *w = xcalloc(1, sizeof(*w));

	w->policy = policy;
	w->arena = arena_create(16384);
	return w;
}

void
whatif_destroy(struct whatif **whatif)
{
	struct whatif *w = *whatif;

	if (w == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (w->buckets[i] != NULL) {
			struct entry *e = w->buckets[i];

			w->buckets[i] = e->next;
			json_decref(e->senders);
			free(e->name);
			free(e);
		}
	for (size_t i = 0; i < WINDOW; i++)
		if (w->waiting[i].arena != NULL)
			arena_destroy(&w->waiting[i].arena);
	arena_destroy(&w->arena);
	free(w);
	*whatif = NULL;
}

static struct entry *
whatif_entry_for(struct whatif *w, struct slice partner, enum hop hop)
{
	size_t bucket = (slice_hash(partner) + hop) % BUCKETS;
	struct entry *e;

	if (partner.p == NULL)
		partner = SLICE("");
	for (e = w->buckets[bucket]; e != NULL; e = e->next)
		if (e->row.hop == hop &&
		    slice_eq(slice_of(e->name), partner))
			return e;
	e = xcalloc(1, sizeof(*e));
	e->name = xmalloc(partner.n + 1);
	memcpy(e->name, partner.p, partner.n);
	e->name[partner.n] = '\0';
	e->row.partner = e->name;
	e->row.hop = hop;
	e->senders = json_object();
	e->next = w->buckets[bucket];
	w->buckets[bucket] = e;
	w->rows++;
	return e;
}

static void
whatif_count_sender(struct entry *e, const struct recorded *r)
{
	struct slice sender = macros_get(&r->request.macros, MACRO_MAIL_ADDR);
	char shown[WHATIF_TEXT];

	if (sender.p == NULL)
		sender = r->request.sender;
	slice_show(sender.n == 0 ? SLICE("<>") : sender, shown,
	    sizeof(shown));
	tally_add(e->senders, shown, NULL, SENDERS);
}

/* What a recipient's records say became of it. */
struct past {
	const struct kept *records;
	const struct recorded *base;    /* whose proof is the session's */
	const struct recorded *refused; /* NULL: its own rules let it pass;
	                                 * a message may be refused for
	                                 * another recipient's sake */
};

static bool
whatif_refused_it(const struct recorded *r)
{
	const struct decision *d = &r->decision;

	/* Where the MTA could not hold, a hold became a refusal. */
	return r->outcome == OUTCOME_REFUSED && r->mode == MODE_ENFORCE &&
	    d->finding.verdict != VERDICT_PASS &&
	    d->planned >= ACTION_HOLD && d->exempt == EXEMPT_NONE &&
	    d->exception.p == NULL;
}

/* What a Received field says is not what the session itself proved. */
static bool
whatif_has_session_proof(const struct recorded *r)
{
	return r->has_proof && r->proof.source != SOURCE_RECEIVED;
}

static struct past
whatif_past_of(const struct kept *records)
{
	struct past past = { .records = records, .base = &records->record };

	for (const struct kept *k = records; k != NULL; k = k->next) {
		const struct recorded *r = &k->record;

		if (!whatif_has_session_proof(past.base) &&
		    whatif_has_session_proof(r))
			past.base = r;
		if (whatif_refused_it(r) && (past.refused == NULL ||
		    r->decision.planned > past.refused->decision.planned))
			past.refused = r;
	}
	return past;
}

/* The attempt as it was; session is room for a proof that knows nothing. */
static struct request
whatif_attempt_of(const struct past *past, struct evidence *session)
{
	struct request request = past->base->request;

	if (!whatif_has_session_proof(past->base)) {
		*session = (struct evidence){
			.client = past->base->proof.client };
		request.measured = session;
	}
	if (past->refused != NULL &&
	    past->refused->decision.planned == ACTION_HOLD)
		request.can_hold = false;
	return request;
}

/* Whether an exception let this rule's failure by: that it has ended since
 * is no news of the new policy. */
static bool
whatif_was_excepted(const struct past *past, const struct decision *new)
{
	for (const struct kept *k = past->records; k != NULL; k = k->next)
		if (k->record.decision.exception.p != NULL &&
		    k->record.decision.hop == new->hop &&
		    slice_eq(k->record.decision.partner, new->partner))
			return true;
	return false;
}

/* Whether a finding rests on what the record does not say. */
static bool
whatif_is_unknown(const struct decision *d)
{
	return d->finding.verdict == VERDICT_UNDECIDED;
}

/* Whether what the new policy would read in the header decides. Of a client
 * that is no relay of ours that is TLS-Required: no alone, which was on
 * record if it was there and mattered. */
static bool
whatif_needs_header(const struct whatif *w, const struct request *request,
    const struct ruling *new)
{
	struct netaddr client = request_client(request);

	return new->wants_headers && (client.family == 0 ||
	    settings_relay(&w->policy->settings, &client) != NULL);
}

/* What the new policy makes of a recipient. */
struct now {
	const struct decision *refuses; /* NULL: nothing surely does */
	const struct decision *unknown; /* would refuse what it cannot see */
	bool needs_header;
};

static struct now
whatif_now_of(const struct whatif *w, const struct past *past,
    const struct request *request, const struct ruling *new)
{
	struct now now = { .needs_header =
			       whatif_needs_header(w, request, new) };

	for (size_t i = 0; i < new->count; i++) {
		const struct decision *d = &new->list[i];
		const struct decision **slot =
		    whatif_is_unknown(d) ? &now.unknown : &now.refuses;

		if (d->applied >= ACTION_DEFER &&
		    !whatif_was_excepted(past, d) &&
		    (*slot == NULL || d->applied > (*slot)->applied))
			*slot = d;
	}
	return now;
}

static void
whatif_count_judged(struct whatif *w, const struct ruling *new)
{
	for (size_t i = 0; i < new->count; i++) {
		const struct decision *d = &new->list[i];

		if (d->finding.reason != REASON_NO_RULE)
			whatif_entry_for(w, d->partner, d->hop)->row.judged++;
	}
}

static void
whatif_count_refused(struct whatif *w, const struct past *past,
    const struct decision *by)
{
	struct entry *e = whatif_entry_for(w, by->partner, by->hop);

	w->totals.newly_refused++;
	e->row.newly_refused++;
	e->row.by_reason[by->finding.reason]++;
	whatif_count_sender(e, past->base);
}

static void
whatif_count_unknown(struct whatif *w, const struct decision *by)
{
	w->totals.cannot_tell++;
	whatif_entry_for(w, by->partner, by->hop)->row.cannot_tell++;
}

static void
whatif_count_passed(struct whatif *w, const struct recorded *before)
{
	w->totals.newly_passed++;
	whatif_entry_for(w, before->decision.partner,
	    before->decision.hop)->row.newly_passed++;
}

static void
whatif_compare(struct whatif *w, const struct past *past, const struct now *now)
{
	const struct recorded *was = past->refused;

	if (was != NULL) {
		if (now->refuses != NULL || now->unknown != NULL)
			return;
		if (now->needs_header)
			whatif_count_unknown(w, &was->decision);
		else
			whatif_count_passed(w, was);
	} else if (now->refuses != NULL)
		whatif_count_refused(w, past, now->refuses);
	else if (now->unknown != NULL)
		whatif_count_unknown(w, now->unknown);
	else if (now->needs_header)
		whatif_count_unknown(w, &past->base->decision);
}

/* Refused for its header then, and the new policy reads that as well. */
static bool
whatif_is_refused_by_header(const struct past *past, const struct ruling *new)
{
	return past->refused != NULL && new->wants_headers &&
	    past->refused->decision.finding.reason == REASON_TLS_REQUIRED_NO;
}

static void
whatif_judge(struct whatif *w, const struct gathered *waiting)
{
	struct past past = whatif_past_of(waiting->first);
	struct evidence session;
	struct request request = whatif_attempt_of(&past, &session);
	struct ruling new;
	struct now now;

	arena_reset(w->arena);
	judge_recipient(w->policy, &request, w->arena, &new);
	now = whatif_now_of(w, &past, &request, &new);
	w->totals.recipients++;
	if (past.base->decision.finding.reason == REASON_NO_RULE)
		w->totals.unasked++;
	whatif_count_judged(w, &new);
	/* A message that never ended was not judged at its end. */
	if (past.base->outcome == OUTCOME_ABORTED && new.at_end)
		return;
	if (!whatif_is_refused_by_header(&past, &new))
		whatif_compare(w, &past, &now);
}

/* Where h is among the references that were judged, or would be: in the place
 * of an old one when there is none free. */
static uint64_t *
whatif_ref_of(struct whatif *w, uint64_t h)
{
	uint64_t *home = &w->refs[h % REFS];

	for (size_t i = 0; i < WAYS; i++)
		if (home[i] == h || home[i] == 0)
			return &home[i];
	return home;
}

/* Judges the recipient that waits there, and frees the place. */
static void
whatif_settle(struct whatif *w, size_t place)
{
	if (w->hashes[place] == 0)
		return;
	if (w->waiting[place].first != NULL)
		whatif_judge(w, &w->waiting[place]);
	*whatif_ref_of(w, w->hashes[place]) = w->hashes[place];
	w->hashes[place] = 0;
}

/* Where the records of a reference gather; NULL when it was judged. */
static struct gathered *
whatif_place_for(struct whatif *w, struct slice ref)
{
	uint64_t h = slice_hash(ref);
	struct gathered *place;

	if (h == 0)                     /* a place that is free has 0 */
		h = 1;
	for (size_t i = 0; i < WINDOW; i++)
		if (w->hashes[i] == h)
			return &w->waiting[i];
	if (*whatif_ref_of(w, h) == h)
		return NULL;
	whatif_settle(w, w->oldest);
	place = &w->waiting[w->oldest];
	w->hashes[w->oldest] = h;
	w->oldest = (w->oldest + 1) % WINDOW;
	if (place->arena == NULL)
		place->arena = arena_create(ARENA);
	else
		arena_reset(place->arena);
	place->first = NULL;
	place->last = &place->first;
	return place;
}

/* false when the line is no record of a decision. */
static bool
whatif_keep(struct whatif *w, const json_t *record)
{
	struct slice ref = jsontext_at(record, "ref");
	struct gathered *place;
	struct kept *kept;

	if (ref.p == NULL)
		return false;
	place = whatif_place_for(w, ref);
	if (place == NULL)
		return true;
	kept = arena_alloc(place->arena, sizeof(*kept));
	if (!recorded_read(record, place->arena, &kept->record))
		return false;
	*place->last = kept;
	place->last = &kept->next;
	return true;
}

void
whatif_line(struct whatif *w, struct slice line)
{
	json_t *record = json_loadb(line.n == 0 ? "" : line.p, line.n, 0,
	    NULL);

	if (!whatif_keep(w, record))
		w->totals.skipped++;
	json_decref(record);
}

/* Whether a line is old enough to be left out; its time stands first. */
static bool
whatif_is_before(struct slice line, int64_t since)
{
	static const char key[] = "{\"time\":\"";
	char text[20];
	int64_t when;

	if (since == 0 || !slice_starts(line, slice_of(key)) ||
	    line.n < sizeof(key) - 1 + sizeof(text) - 1)
		return false;
	memcpy(text, line.p + sizeof(key) - 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	when = recorded_time(text);
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
	for (size_t i = 0; i < WINDOW; i++)
		whatif_settle(w, (w->oldest + i) % WINDOW);
}

struct whatif_totals
whatif_totals(const struct whatif *w)
{
	return w->totals;
}

static int
whatif_by_name(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order != 0 ? order
	    : (int)(*x)->row.hop - (int)(*y)->row.hop;
}

void
whatif_each(struct whatif *w,
    void (*visit)(const struct whatif_row *row, void *data), void *data)
{
	struct entry **list = xcalloc(w->rows, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry *e = w->buckets[i]; e != NULL; e = e->next)
			list[n++] = e;
	if (n > 0)
		qsort(list, n, sizeof(*list), whatif_by_name);
	for (size_t i = 0; i < n; i++) {
		list[i]->row.top_count = tally_rank(list[i]->senders,
		    WHATIF_SENDERS, list[i]->row.top);
		visit(&list[i]->row, data);
	}
	free(list);
}
