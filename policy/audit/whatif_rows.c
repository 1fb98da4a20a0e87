/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/whatif_rows.h"

enum {
	WHATIF_BUCKETS = 1 << 12,
	/* Senders or clients of one row that are counted by name. */
	WHATIF_NAMES = 4096
};

struct whatif_rows {
	struct whatif_entry *buckets[WHATIF_BUCKETS];   /* owns */
	size_t count;
};

struct whatif_rows *
whatif_rows_create(void)
{
	return xcalloc(1, sizeof(struct whatif_rows));
}

void
whatif_rows_destroy(struct whatif_rows **rows)
{
	struct whatif_rows *w = *rows;

	for (size_t i = 0; i < WHATIF_BUCKETS; i++)
		while (w->buckets[i] != NULL) {
			struct whatif_entry *e = w->buckets[i];

			w->buckets[i] = e->next;
			json_decref(e->senders);
			json_decref(e->clients);
			json_decref(e->idle_clients);
			free(e->name);
			free(e);
		}
	free(w);
	*rows = NULL;
}

struct whatif_entry *
whatif_entry_of(struct whatif_rows *w, struct slice partner, enum hop hop)
{
	size_t bucket = (slice_hash(partner) + hop) % WHATIF_BUCKETS;
	struct whatif_entry *e;

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
	e->clients = json_object();
	e->idle_clients = json_object();
	e->next = w->buckets[bucket];
	w->buckets[bucket] = e;
	w->count++;
	return e;
}

void
whatif_entry_add_sender(struct whatif_entry *e, const struct recorded *r)
{
	struct slice sender = macros_get(&r->request.macros, MACRO_MAIL_ADDR);
	char shown[WHATIF_TEXT];

	if (sender.p == NULL)
		sender = r->request.sender;
	slice_show(sender.n == 0 ? SLICE("<>") : sender, shown,
	    sizeof(shown));
	tally_add(e->senders, shown, NULL, WHATIF_NAMES);
}

void
whatif_entry_add_client(json_t *clients, const struct recorded *r)
{
	char shown[WHATIF_TEXT];

	slice_show(macros_get(&r->request.macros, MACRO_CLIENT_ADDR), shown,
	    sizeof(shown));
	tally_add(clients, shown, NULL, WHATIF_NAMES);
}

static int
whatif_by_name(const void *a, const void *b)
{
	const struct whatif_entry *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order != 0 ? order
	    : (int)(*x)->row.hop - (int)(*y)->row.hop;
}

static void
whatif_rank(struct whatif_entry *e)
{
	struct whatif_row *row = &e->row;

	row->sender_count = tally_rank(e->senders, WHATIF_TOP, row->senders);
	row->client_count = tally_rank(e->clients, WHATIF_TOP, row->clients);
	row->idle_client_count = tally_rank(e->idle_clients, WHATIF_TOP,
	    row->idle_clients);
}

void
whatif_rows_each(struct whatif_rows *w,
    void (*visit)(const struct whatif_row *row, void *data), void *data)
{
	struct whatif_entry **list = xcalloc(w->count, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < WHATIF_BUCKETS; i++)
		for (struct whatif_entry *e = w->buckets[i]; e != NULL;
		     e = e->next)
			list[n++] = e;
	assert(n == w->count);
	if (n > 0)
		qsort(list, n, sizeof(*list), whatif_by_name);
	for (size_t i = 0; i < n; i++) {
		whatif_rank(list[i]);
		visit(&list[i]->row, data);
	}
	free(list);
}
