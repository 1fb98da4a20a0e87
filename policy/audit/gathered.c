/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/gathered.h"
#include "policy/audit/seen.h"
#include "policy/base/jsontext.h"

enum {
	/* References that wait at one time for further records: the threads of
	 * the daemon write at the same time, so records of several recipients
	 * mix. */
	WINDOW = 256,
	ARENA = 4096
};

/* The records of one reference, which is one recipient. */
struct ref_records {
	struct arena *arena;            /* owns; NULL: never used */
	struct gathered_record *first, **last;
};

struct gathered {
	gathered_fn *take;
	void *data;                     /* borrows */
	uint64_t hashes[WINDOW];        /* of the references in waiting; 0:
	                                 * the place is free */
	struct ref_records waiting[WINDOW];     /* a ring */
	size_t oldest;
	struct seen *seen;              /* owns; the references that were
	                                 * taken */
};

struct gathered *
gathered_create(gathered_fn *take, void *data)
{
	struct gathered *g = xcalloc(1, sizeof(*g));

	g->take = take;
	g->data = data;
	g->seen = seen_create();
	return g;
}

void
gathered_destroy(struct gathered **gathered)
{
	struct gathered *g = *gathered;

	if (g == NULL)
		return;
	for (size_t i = 0; i < WINDOW; i++)
		arena_destroy(&g->waiting[i].arena);
	seen_destroy(&g->seen);
	free(g);
	*gathered = NULL;
}

/* Hands over the recipient that waits in a place, which is free then. */
static void
gathered_take_place(struct gathered *g, size_t place)
{
	assert(place < WINDOW);
	if (g->hashes[place] == 0)
		return;
	if (g->waiting[place].first != NULL)
		g->take(g->waiting[place].first, g->data);
	seen_add(g->seen, g->hashes[place]);
	g->hashes[place] = 0;
}

/* The place of a reference, a new one if it has none yet; NULL when it was
 * taken. */
static struct ref_records *
gathered_place_for(struct gathered *g, struct slice ref)
{
	uint64_t h = slice_hash(ref);
	struct ref_records *place;

	if (h == 0)                     /* 0 marks a free place */
		h = 1;
	for (size_t i = 0; i < WINDOW; i++)
		if (g->hashes[i] == h)
			return &g->waiting[i];
	if (seen_has(g->seen, h))
		return NULL;
	gathered_take_place(g, g->oldest);
	place = &g->waiting[g->oldest];
	g->hashes[g->oldest] = h;
	g->oldest = (g->oldest + 1) % WINDOW;
	if (place->arena == NULL)
		place->arena = arena_create(ARENA);
	else
		arena_reset(place->arena);
	place->first = NULL;
	place->last = &place->first;
	return place;
}

bool
gathered_add(struct gathered *g, const json_t *record)
{
	struct slice ref = jsontext_at(record, "ref");
	struct ref_records *place;
	struct gathered_record *added;

	if (ref.p == NULL)
		return false;
	place = gathered_place_for(g, ref);
	if (place == NULL)
		return true;
	added = arena_alloc(place->arena, sizeof(*added));
	if (!recorded_read(record, place->arena, &added->record))
		return false;
	*place->last = added;
	place->last = &added->next;
	return true;
}

void
gathered_end(struct gathered *g)
{
	for (size_t i = 0; i < WINDOW; i++)
		gathered_take_place(g, (g->oldest + i) % WINDOW);
}

bool
gathered_has_session_proof(const struct recorded *record)
{
	return record->has_proof && record->proof.source != SOURCE_RECEIVED;
}

struct recorded *
gathered_base(struct gathered_record *records)
{
	assert(records != NULL);
	for (struct gathered_record *k = records; k != NULL; k = k->next)
		if (gathered_has_session_proof(&k->record))
			return &k->record;
	return &records->record;
}
