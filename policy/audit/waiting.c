/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/waiting.h"
#include "policy/base/text.h"

enum { WAITING_BUCKETS = 1024, WAITING_NAMES = 400 };

struct waiting_entry {
	struct waiting_group group;
	struct waiting_mail *last;
	struct waiting_entry *next;
};

struct waiting {
	const struct policy *policy;
	int64_t now, before;
	struct arena *arena;            /* owns all below */
	struct waiting_entry *buckets[WAITING_BUCKETS];
	size_t count;                   /* entries */
};

static const char *const kinds[WAITING_COUNT] = {
	[WAITING_RULE] = "rule",
	[WAITING_MAP] = "map",
	[WAITING_UNSURE] = "unsure",
	[WAITING_MAYBE] = "maybe",
	[WAITING_OTHER] = "other",
};

const char *
waiting_kind_name(enum waiting_kind kind)
{
	assert(kind < WAITING_COUNT);
	return kinds[kind];
}

struct waiting *
waiting_create(const struct policy *policy, int64_t now, int64_t before)
{
	struct waiting *w = xcalloc(1, sizeof(*w));

	assert(policy != NULL);
	*w = (struct waiting){ .policy = policy, .now = now, .before = before,
		.arena = arena_create(65536) };
	return w;
}

void
waiting_destroy(struct waiting **waiting)
{
	if (*waiting == NULL)
		return;
	arena_destroy(&(*waiting)->arena);
	free(*waiting);
	*waiting = NULL;
}

/* The rows that a recipient may wait for. */
struct waiting_rows {
	struct outbound_row row;        /* the first; no rule: there is none */
	char names[WAITING_NAMES];      /* of all of them */
	struct text text;               /* writes names */
	bool several;
	struct slice unsure;            /* why row may not be the one, or
	                                 * absent */
};

static void
waiting_note_row(struct waiting_rows *rows, const struct outbound_row *row)
{
	char shown[80];

	if (row->rule == NULL || row->rule == rows->row.rule)
		return;
	slice_show(outbound_row_name(row), shown, sizeof(shown));
	text_join(&rows->text, " or of ", "%s", shown);
	if (rows->row.rule == NULL)
		rows->row = *row;
	else
		rows->several = true;
}

/* Whether hop, "[host]" perhaps with a port, is another host. */
static bool
waiting_is_other_host(struct slice hop, struct slice host)
{
	struct slice inner = slice_from(hop, 1);

	inner = slice_head(inner, slice_find(inner, ']'));
	return slice_starts(hop, SLICE("[")) && host.n > 0 &&
	    !slice_istarts(inner, SLICE("ipv6:")) && !slice_ieq(inner, host);
}

static void
waiting_note_hop(const struct waiting *w, struct slice hop,
    struct waiting_rows *rows)
{
	struct outbound_row acting, second;
	struct outbound_key key;

	outbound_key_read(hop, &key);
	if (key.form != OUTBOUND_FORM_HOST)
		return;
	outbound_rows(w->policy, &key, w->now, &acting, &second);
	waiting_note_row(rows, &acting);
	waiting_note_row(rows, &second);
}

/* Notes the rows of all that it may have been sent to. */
static void
waiting_note_hops(struct waiting *w, const struct waiting_mail *mail,
    struct waiting_rows *rows)
{
	struct slice host = deferral_host(mail->reason);
	const char *unsure = mail->unsure;
	size_t noted = 0;

	for (size_t i = 0; i < mail->hop_count; i++)
		if (!waiting_is_other_host(mail->hops[i], host)) {
			waiting_note_hop(w, mail->hops[i], rows);
			noted++;
		}
	if (unsure == NULL && noted == 0 && mail->hop_count > 0)
		unsure = "it was sent to another host than the next hop of "
		    "now";
	if (unsure != NULL)
		rows->unsure = slice_of(arena_printf(w->arena,
		    "the next hop is not known: %s", unsure));
	else if (rows->several)
		rows->unsure = slice_of(arena_printf(w->arena,
		    "the rule may be that of %s", rows->names));
}

/* The answer of the map has the partner in it: no other row counts. What the
 * message's reason names may be for another of its recipients. */
static void
waiting_use_name(const struct waiting_mail *mail, struct waiting_rows *rows)
{
	struct slice named = deferral_partner(mail->reason);
	struct slice other = deferral_partner(mail->other_reason);
	struct slice row = rows->row.rule == NULL ? SLICE_NONE
	    : outbound_row_name(&rows->row);

	if (named.p != NULL && !slice_eq(row, named))
		rows->row = (struct outbound_row){ .rule = NULL };
	if (named.p != NULL || (deferral_lack(mail->reason) == LACK_NONE &&
	    slice_eq(row, other)))
		rows->unsure = SLICE_NONE;
}

static void
waiting_find_rows(struct waiting *w, const struct waiting_mail *mail,
    struct waiting_rows *rows)
{
	*rows = (struct waiting_rows){ .row = { .rule = NULL } };
	text_init(&rows->text, rows->names, sizeof(rows->names));
	if (policy_mode(w->policy, HOP_OUTBOUND, w->now) == MODE_LOG_ONLY)
		return;
	waiting_note_hops(w, mail, rows);
	waiting_use_name(mail, rows);
}

/* The reason that says most: Sendmail has one of the message, too. */
static enum lack
waiting_lack(const struct waiting_mail *mail, bool covered)
{
	enum lack lack = deferral_lack(mail->reason);

	if (lack == LACK_NONE && (covered || mail->reason.p == NULL))
		lack = deferral_lack(mail->other_reason);
	return lack;
}

static enum waiting_kind
waiting_kind_of(enum lack lack, bool covered, bool unsure)
{
	if (lack == LACK_MAP)
		return WAITING_MAP;
	if (lack == LACK_NONE)
		return WAITING_MAYBE;
	if (unsure)
		return WAITING_UNSURE;
	return covered ? WAITING_RULE : WAITING_OTHER;
}

static bool
waiting_same(struct slice a, struct slice b)
{
	return a.p == NULL || b.p == NULL ? a.p == b.p : slice_eq(a, b);
}

/* The group like this one; a new one when there is none. */
static struct waiting_entry *
waiting_entry_for(struct waiting *w, const struct waiting_group *like)
{
	size_t bucket = (slice_hash(like->partner) + like->kind) %
	    WAITING_BUCKETS;
	struct waiting_entry *entry = w->buckets[bucket];

	for (; entry != NULL; entry = entry->next)
		if (entry->group.kind == like->kind &&
		    waiting_same(entry->group.partner, like->partner) &&
		    waiting_same(entry->group.unsure, like->unsure))
			return entry;
	entry = arena_alloc(w->arena, sizeof(*entry));
	entry->group.kind = like->kind;
	entry->group.partner = arena_copy(w->arena, like->partner);
	entry->group.unsure = arena_copy(w->arena, like->unsure);
	entry->group.row = like->row;
	entry->next = w->buckets[bucket];
	w->buckets[bucket] = entry;
	w->count++;
	return entry;
}

static struct waiting_mail *
waiting_copy(struct waiting *w, const struct waiting_mail *mail)
{
	struct waiting_mail *copy = arena_alloc(w->arena, sizeof(*copy));

	*copy = *mail;
	copy->id = arena_copy(w->arena, mail->id);
	copy->sender = arena_copy(w->arena, mail->sender);
	copy->recipient = arena_copy(w->arena, mail->recipient);
	copy->reason = arena_copy(w->arena, mail->reason);
	copy->other_reason = arena_copy(w->arena, mail->other_reason);
	copy->hops = NULL;
	copy->hop_count = 0;
	copy->unsure = NULL;
	copy->next = NULL;
	return copy;
}

static void
waiting_note_arrival(struct waiting_group *group,
    const struct waiting_mail *mail)
{
	int64_t *oldest = mail->sender.n == 0 ? &group->oldest_bounce
	    : &group->oldest;

	if (mail->arrival > 0 && (*oldest == 0 || mail->arrival < *oldest))
		*oldest = mail->arrival;
}

static void
waiting_count(struct waiting *w, struct waiting_entry *entry,
    const struct waiting_mail *mail, enum lack lack, struct slice key)
{
	struct waiting_group *group = &entry->group;
	struct waiting_mail *copy = waiting_copy(w, mail);

	copy->key = key;
	if (entry->last == NULL)
		group->mail = copy;
	else
		entry->last->next = copy;
	if (entry->last == NULL || !slice_eq(entry->last->id, copy->id))
		group->messages++;
	entry->last = copy;
	group->recipients++;
	group->lacked[lack]++;
	if (group->example[lack].p == NULL)
		group->example[lack] = deferral_lack(copy->reason) == lack
		    ? copy->reason : copy->other_reason;
	waiting_note_arrival(group, mail);
}

void
waiting_add(struct waiting *w, const struct waiting_mail *mail)
{
	struct waiting_group group = { .kind = WAITING_RULE };
	struct slice named = deferral_partner(mail->reason);
	struct waiting_rows rows;
	enum lack lack;
	bool covered;

	if ((w->before != 0 && mail->arrival > w->before) ||
	    (mail->reason.p == NULL && mail->other_reason.p == NULL))
		return;
	waiting_find_rows(w, mail, &rows);
	/* A recipient that the MTA did not show whole may be anybody's. */
	covered = rows.row.rule != NULL || mail->cut;
	lack = waiting_lack(mail, covered);
	if (lack == LACK_NONE && !covered)
		return;
	group.unsure = rows.unsure;
	if (rows.unsure.p == NULL) {
		group.row = rows.row;
		group.partner = rows.row.rule == NULL ? named
		    : outbound_row_name(&rows.row);
	}
	group.kind = waiting_kind_of(lack, group.row.rule != NULL ||
	    named.p != NULL, rows.unsure.p != NULL);
	waiting_count(w, waiting_entry_for(w, &group), mail, lack,
	    group.row.row.key);
}

/* The lowest of the floors that its mail needs. */
static enum level
waiting_floor(const struct waiting_group *group)
{
	struct demand demand;
	enum level lowest = LEVEL_UNSET;

	if (group->row.rule == NULL || group->row.term_count == 0)
		return LEVEL_UNSET;
	demand = *group->row.terms[0].demand;
	for (unsigned i = 0; i < LACK_COUNT; i++) {
		enum level floor = group->lacked[i] == 0 ? LEVEL_UNSET
		    : lack_floor((enum lack)i, &demand);

		if (floor != LEVEL_UNSET &&
		    (lowest == LEVEL_UNSET || floor < lowest))
			lowest = floor;
	}
	return lowest;
}

static int
waiting_compare(const void *a, const void *b)
{
	const struct waiting_entry *const *x = a, *const *y = b;
	const struct waiting_group *g = &(*x)->group, *h = &(*y)->group;
	int order = slice_compare(g->partner, h->partner);

	if (g->kind != h->kind)
		return g->kind < h->kind ? -1 : 1;
	return order != 0 ? order : slice_compare(g->unsure, h->unsure);
}

void
waiting_each(struct waiting *w,
    void (*visit)(const struct waiting_group *group, void *data), void *data)
{
	struct waiting_entry **list = arena_array(w->arena, w->count + 1,
	    sizeof(struct waiting_entry *));
	size_t n = 0;

	for (size_t i = 0; i < WAITING_BUCKETS; i++)
		for (struct waiting_entry *e = w->buckets[i]; e != NULL;
		     e = e->next) {
			e->group.floor = waiting_floor(&e->group);
			list[n++] = e;
		}
	assert(n == w->count);
	qsort(list, n, sizeof(struct waiting_entry *), waiting_compare);
	for (size_t i = 0; i < n; i++)
		visit(&list[i]->group, data);
}
