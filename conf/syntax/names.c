/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "conf/syntax/names.h"
#include "conf/syntax/nearest.h"
#include "policy/base/arena.h"

/* Small, because look-ups touch the table at random. */
struct name_slot {
	uint32_t hash;
	uint32_t at;                    /* index in list + 1; 0: free */
};

/* With more names a hint would take too long. */
enum { NEAREST_AMONG = 10000 };

void
names_init(struct names *names, size_t most)
{
	names->room = 16;
	while (names->room < most * 2)
		names->room *= 2;
	names->count = 0;
	names->slots = xcalloc(names->room, sizeof(*names->slots));
	names->list = xcalloc(most + 1, sizeof(*names->list));
}

void
names_clear(struct names *names)
{
	free(names->slots);
	free(names->list);
	memset(names, 0, sizeof(*names));
}

/* The slot that has name, or the free one for it. */
static struct name_slot *
names_slot_of(const struct names *names, struct slice name, uint32_t hash)
{
	size_t i = hash & (names->room - 1);

	assert(names->room > 0);
	while (names->slots[i].at != 0 &&
	    (names->slots[i].hash != hash ||
	    !slice_eq(names->list[names->slots[i].at - 1].name, name)))
		i = (i + 1) & (names->room - 1);
	return &names->slots[i];
}

bool
names_add(struct names *names, struct slice name, unsigned index)
{
	uint32_t hash = (uint32_t)slice_hash(name);
	struct name_slot *slot = names_slot_of(names, name, hash);

	if (slot->at != 0)
		return false;
	assert(names->count * 2 <= names->room);
	names->list[names->count].name = name;
	names->list[names->count].index = index;
	slot->hash = hash;
	slot->at = (uint32_t)++names->count;
	return true;
}

bool
names_find(const struct names *names, struct slice name, unsigned *index)
{
	const struct name_slot *slot;

	if (names->room == 0)
		return false;
	slot = names_slot_of(names, name, (uint32_t)slice_hash(name));
	if (slot->at == 0)
		return false;
	*index = names->list[slot->at - 1].index;
	return true;
}

const char *
names_nearest(const struct names *names, struct slice name)
{
	struct nearest nearest;

	if (names->count > NEAREST_AMONG)
		return NULL;
	nearest_init(&nearest, name);
	for (size_t i = 0; i < names->count; i++)
		nearest_offer(&nearest, names->list[i].name.p);
	return nearest.best;
}
