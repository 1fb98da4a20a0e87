/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/audit/whatif.h"

enum {
	/* References remembered: the records of one recipient are written
	 * within one message, so they are near each other. */
	REFS = 1 << 16,
	BUCKETS = 1 << 12,
	/* Senders counted for one row; further ones are counted, not named. */
	SENDERS = 4096
};

struct entry {
	struct entry *next;
	struct whatif_row row;
	char *name;                     /* owns */
	json_t *senders;                /* owns; address to count */
};

struct whatif {
	const struct policy *policy;
	struct arena *arena;            /* owns; of the line at hand */
	struct whatif_totals totals;
	uint64_t refs[REFS];            /* hashes, by their low bits */
	struct entry *buckets[BUCKETS]; /* own */
	size_t rows;
};

static uint64_t
hash_of(struct slice text)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) *
		    UINT64_C(1099511628211);
	return h == 0 ? 1 : h;
}

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
	arena_destroy(&w->arena);
	free(w);
	*whatif = NULL;
}

static struct entry *
entry_for(struct whatif *w, struct slice partner, enum hop hop)
{
	size_t bucket = (hash_of(partner) + hop) % BUCKETS;
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
count_sender(struct entry *e, const struct recorded *r)
{
	char shown[WHATIF_TEXT];
	json_t *count;

	slice_show(macros_get(&r->attempt.macros, MACRO_MAIL_ADDR), shown,
	    sizeof(shown));
	count = json_object_get(e->senders, shown);
	if (count != NULL)
		json_integer_set(count, json_integer_value(count) + 1);
	else if (json_object_size(e->senders) < SENDERS)
		json_object_set_new(e->senders, shown, json_integer(1));
}

/* Whether the recipient of this reference was judged already. */
static bool
was_seen(struct whatif *w, struct slice ref)
{
	uint64_t h = hash_of(ref), *slot = &w->refs[h % REFS];
	bool seen = *slot == h;

	*slot = h;
	return seen;
}

/* Whether a new finding rests on what the record does not say. */
static bool
cannot_tell(const struct decision *d)
{
	return d->finding.verdict == VERDICT_UNDECIDED &&
	    d->finding.reason == REASON_EVIDENCE_MISSING;
}

static void
compare_decision(struct whatif *w, const struct recorded *old,
    const struct decision *new, bool speaks)
{
	struct entry *e = entry_for(w, new->partner, new->hop);
	bool was_refused = old->outcome == OUTCOME_REFUSED;

	if (new->finding.reason == REASON_NO_RULE)
		return;
	e->row.judged++;
	if (cannot_tell(new) && new->applied >= ACTION_DEFER && !was_refused)
		e->row.cannot_tell++;
	else if (speaks && !was_refused) {
		e->row.newly_refused++;
		e->row.by_reason[new->finding.reason]++;
		count_sender(e, old);
	}
}

static void
compare(struct whatif *w, const struct recorded *old,
    const struct ruling *new)
{
	bool was_refused = old->outcome == OUTCOME_REFUSED;
	bool is_refused = new->applied >= ACTION_DEFER;
	bool unknown = new->speaks != NULL && cannot_tell(new->speaks);

	w->totals.recipients++;
	for (size_t i = 0; i < new->count; i++)
		compare_decision(w, old, &new->list[i],
		    is_refused && &new->list[i] == new->speaks);
	if (is_refused && !was_refused) {
		if (unknown)
			w->totals.cannot_tell++;
		else
			w->totals.newly_refused++;
	} else if (was_refused && new->wants_headers) {
		w->totals.cannot_tell++;
		entry_for(w, old->decision.partner,
		    old->decision.hop)->row.cannot_tell++;
	} else if (was_refused && !is_refused) {
		w->totals.newly_passed++;
		entry_for(w, old->decision.partner,
		    old->decision.hop)->row.newly_passed++;
	}
}

void
whatif_line(struct whatif *w, struct slice line)
{
	json_t *record = json_loadb(line.n == 0 ? "" : line.p, line.n, 0,
	    NULL);
	struct recorded old;
	struct ruling new;

	arena_reset(w->arena);
	if (!recorded_read(record, w->arena, &old)) {
		w->totals.skipped++;
	} else if (!was_seen(w, old.attempt.ref)) {
		recipient_decide(w->policy, &old.attempt, w->arena, &new);
		compare(w, &old, &new);
	}
	json_decref(record);
}

struct whatif_totals
whatif_totals(const struct whatif *w)
{
	return w->totals;
}

/* Keeps the most frequent senders, the most frequent first. */
static void
rank(struct entry *e)
{
	struct whatif_row *row = &e->row;
	const char *sender;
	json_t *value;

	row->top_count = 0;
	json_object_foreach(e->senders, sender, value) {
		uint64_t count = (uint64_t)json_integer_value(value);
		size_t at = row->top_count;

		while (at > 0 && row->top[at - 1].count < count)
			at--;
		if (at == WHATIF_SENDERS)
			continue;
		if (row->top_count < WHATIF_SENDERS)
			row->top_count++;
		memmove(&row->top[at + 1], &row->top[at],
		    (row->top_count - at - 1) * sizeof(row->top[0]));
		snprintf(row->top[at].sender, WHATIF_TEXT, "%s", sender);
		row->top[at].count = count;
	}
}

static int
by_name(const void *a, const void *b)
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
		qsort(list, n, sizeof(*list), by_name);
	for (size_t i = 0; i < n; i++) {
		rank(list[i]);
		visit(&list[i]->row, data);
	}
	free(list);
}
