/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdlib.h>

#include "policy/audit/seen.h"
#include "policy/base/arena.h"

enum {
	PLACES = 1 << 16,
	/* A hash is at most so far behind its place. */
	WAYS = 8
};

struct seen {
	uint64_t hashes[PLACES + WAYS]; /* 0: the place is free */
};

struct seen *
seen_create(void)
{
	return xcalloc(1, sizeof(struct seen));
}

void
seen_destroy(struct seen **seen)
{
	free(*seen);
	*seen = NULL;
}

/* The place of hash, or the one where it is to go: over an old one when none is
 * free. */
static size_t
seen_place_of(const struct seen *seen, uint64_t hash)
{
	size_t home = hash % PLACES;

	assert(hash != 0);
	for (size_t i = home; i < home + WAYS; i++)
		if (seen->hashes[i] == hash || seen->hashes[i] == 0)
			return i;
	return home;
}

bool
seen_has(const struct seen *seen, uint64_t hash)
{
	return seen->hashes[seen_place_of(seen, hash)] == hash;
}

void
seen_add(struct seen *seen, uint64_t hash)
{
	seen->hashes[seen_place_of(seen, hash)] = hash;
}
