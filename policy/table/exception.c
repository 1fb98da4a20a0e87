/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/table/exception.h"

struct exceptions {
	const struct exception *list;
	size_t count;
	/* One chain for each hash of partner and hop. head[h] and next[i] are
	 * indexes into list plus one; 0 ends a chain. */
	uint32_t *head;
	uint32_t *next;
	size_t heads;                   /* a power of two */
};

static size_t
exception_slot_of(const struct exceptions *e, struct slice partner,
    enum hop hop)
{
	return (size_t)(slice_hash(partner) + hop) & (e->heads - 1);
}

const struct exceptions *
exceptions_index(const struct exception *list, size_t count, struct arena *a)
{
	struct exceptions *e = arena_alloc(a, sizeof(*e));

	assert(count < UINT32_MAX);
	e->list = list;
	e->count = count;
	e->heads = 16;
	while (e->heads < count)
		e->heads *= 2;
	e->head = arena_array(a, e->heads, sizeof(*e->head));
	e->next = arena_array(a, count, sizeof(*e->next));
	for (size_t i = 0; i < count; i++) {
		size_t slot =
		    exception_slot_of(e, list[i].partner, list[i].hop);

		e->next[i] = e->head[slot];
		e->head[slot] = (uint32_t)i + 1;
	}
	return e;
}

/* Whether x is for this mail, whenever it is in force. */
static bool
exception_is_for(const struct exception *x, struct slice partner, enum hop hop,
    struct slice key)
{
	if (x->hop != hop || !slice_eq(x->partner, partner))
		return false;
	if (x->until <= 0 || x->floor == LEVEL_UNSET)
		return false;
	return x->key.p == NULL || slice_eq(x->key, key);
}

static bool
exception_covers(const struct exception *x, struct slice partner, enum hop hop,
    struct slice key, int64_t now)
{
	return exception_is_for(x, partner, hop, key) && x->from <= now &&
	    now < x->until;
}

static bool
exception_is_better(const struct exception *x, const struct exception *than)
{
	if (than == NULL || x->floor != than->floor)
		return than == NULL || x->floor < than->floor;
	return x->until > than->until;
}

const struct exception *
exceptions_find(const struct exceptions *e, struct slice partner,
    enum hop hop, struct slice key, enum level least, int64_t now)
{
	const struct exception *best = NULL;
	uint32_t i;

	if (e == NULL || e->count == 0 || now <= 0)
		return NULL;
	for (i = e->head[exception_slot_of(e, partner, hop)]; i != 0;
	     i = e->next[i - 1])
		if (e->list[i - 1].floor >= least &&
		    exception_covers(&e->list[i - 1], partner, hop, key, now) &&
		    exception_is_better(&e->list[i - 1], best))
			best = &e->list[i - 1];
	return best;
}

const struct exception *
exceptions_next(const struct exceptions *e, struct slice partner,
    enum hop hop, struct slice key, enum level least, int64_t now,
    const struct exception *previous)
{
	uint32_t i;

	if (e == NULL || e->count == 0)
		return NULL;
	i = previous == NULL ? e->head[exception_slot_of(e, partner, hop)]
	    : e->next[previous - e->list];
	for (; i != 0; i = e->next[i - 1])
		if (e->list[i - 1].floor >= least &&
		    exception_is_for(&e->list[i - 1], partner, hop, key) &&
		    now < e->list[i - 1].until)
			return &e->list[i - 1];
	return NULL;
}

const struct exception *
exceptions_get(const struct exceptions *e, size_t i)
{
	return e != NULL && i < e->count ? &e->list[i] : NULL;
}

struct demand
exception_demand(const struct exception *exception)
{
	/* With "verify" any peer that the MTA can verify passes. */
	return (struct demand){ .level = exception->floor,
		.any_peer = exception->floor == LEVEL_VERIFY };
}

bool
exception_floor_lowers(enum level floor, const struct demand *demand)
{
	if (floor != demand->level)
		return floor < demand->level;
	for (unsigned i = 0; i < FLOOR_COUNT; i++)
		if (demand->floor[i] != 0)
			return true;
	return demand->peer_count > 0 || demand->dane;
}
