/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/waiting.h"
#include "policy/names/address.h"

enum { WAITING_BUCKETS = 1024 };

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

/* The row that acts for a next hop; its rule is NULL when none does. */
static struct outbound_row
waiting_row_of_hop(const struct waiting *w, struct slice hop)
{
	struct outbound_row acting = { .rule = NULL }, second;
	struct outbound_key key;

	outbound_key_read(hop, &key);
	if (key.form != OUTBOUND_FORM_HOST)
		return acting;
	outbound_rows(w->policy, &key, w->now, &acting, &second);
	return acting;
}

/* The row whose rule the mail may wait for: that of the recipient's domain, or
 * of the host that it was to go to. */
static struct outbound_row
waiting_row(const struct waiting *w, const struct waiting_mail *mail)
{
	struct outbound_row row = { .rule = NULL };
	struct slice host = deferral_host(mail->reason);
	struct address address;

	if (policy_mode(w->policy, HOP_OUTBOUND, w->now) == MODE_LOG_ONLY)
		return row;
	if (!mail->cut && address_cut(mail->recipient, &address) &&
	    address.domain.n > 0)
		row = waiting_row_of_hop(w, address.domain);
	if (row.rule == NULL && host.n > 0)
		row = waiting_row_of_hop(w, host);
	return row;
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
waiting_kind_of(enum lack lack, bool covered)
{
	if (lack == LACK_MAP)
		return WAITING_MAP;
	if (lack == LACK_NONE)
		return WAITING_MAYBE;
	return covered ? WAITING_RULE : WAITING_OTHER;
}

/* The group; a new one when there is none. */
static struct waiting_entry *
waiting_entry_for(struct waiting *w, enum waiting_kind kind,
    struct slice partner, const struct outbound_row *row)
{
	size_t bucket = (slice_hash(partner) + kind) % WAITING_BUCKETS;
	struct waiting_entry *entry = w->buckets[bucket];

	for (; entry != NULL; entry = entry->next)
		if (entry->group.kind == kind && (partner.p == NULL
		    ? entry->group.partner.p == NULL
		    : slice_eq(entry->group.partner, partner)))
			return entry;
	entry = arena_alloc(w->arena, sizeof(*entry));
	entry->group.kind = kind;
	entry->group.partner = arena_copy(w->arena, partner);
	entry->group.row = *row;
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
	struct slice named = deferral_partner(mail->reason);
	struct outbound_row row;
	enum lack lack;
	bool covered;

	if ((w->before != 0 && mail->arrival > w->before) ||
	    (mail->reason.p == NULL && mail->other_reason.p == NULL))
		return;
	row = waiting_row(w, mail);
	/* A recipient that the MTA did not show whole may be anybody's. */
	covered = row.rule != NULL || mail->cut;
	lack = waiting_lack(mail, covered);
	if (lack == LACK_NONE && !covered)
		return;
	if (row.rule != NULL)
		named = outbound_row_name(&row);
	waiting_count(w, waiting_entry_for(w, waiting_kind_of(lack,
	    row.rule != NULL || named.p != NULL), named, &row), mail, lack,
	    row.row.key);
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

	if (g->kind != h->kind)
		return g->kind < h->kind ? -1 : 1;
	return slice_compare(g->partner, h->partner);
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
