/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/state/pending.h"

static const struct word kinds[] = {
	{ "grant", PENDING_GRANT },
	{ "renewal", PENDING_RENEWAL },
	{ "pause", PENDING_PAUSE },
};

VOCABULARY_DEFINE(pending_kind, kinds, "unset")

int64_t
pending_end(const struct pending *p)
{
	int64_t end = p->asked + PENDING_LASTS;

	if (p->kind != PENDING_PAUSE && p->exception.until < end)
		end = p->exception.until;
	return end;
}

bool
pending_waits(const struct pending *p, int64_t now)
{
	return p->asked > 0 && p->approved == 0 && p->withdrawn == 0 &&
	    now < pending_end(p);
}

struct pending *
pending_find(const struct state *state, struct slice id)
{
	for (size_t i = 0; i < state->pending_count; i++)
		if (slice_eq(state->pending[i].id, id))
			return &state->pending[i];
	return NULL;
}

struct pending *
pending_append(struct state *state, const struct pending *pending)
{
	size_t n = state->pending_count;
	struct pending *list = arena_grow(state->arena, state->pending, n,
	    n + 1, sizeof(*list));

	assert(pending_find(state, pending->id) == NULL);
	list[n] = *pending;
	state->pending = list;
	state->pending_count = n + 1;
	return &list[n];
}

size_t
pending_count(const struct state *state, int64_t now)
{
	size_t count = 0;

	for (size_t i = 0; state != NULL && i < state->pending_count; i++)
		if (pending_waits(&state->pending[i], now))
			count++;
	return count;
}
