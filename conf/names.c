/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdint.h>

#include "conf/names.h"
#include "conf/nearest.h"
#include "policy/arena.h"

struct name_slot {
	struct slice name;              /* absent: free */
	uint32_t hash;
	unsigned index;
};

enum { NEAREST_AMONG = 10000 };         /* a hint is not worth a second */

static uint32_t
hash_of(struct slice name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.n; i++)
		hash = (hash ^ (unsigned char)name.p[i]) * 16777619u;
	return hash;
}

void
names_init(struct names *names, size_t expected)
{
	names->room = 16;
	while (names->room < expected * 2)
		names->room *= 2;
	names->count = 0;
	names->slots = xcalloc(names->room, sizeof(*names->slots));
}

void
names_clear(struct names *names)
{
	free(names->slots);
	names->slots = NULL;
	names->room = names->count = 0;
}

/* The slot that has name, or the free one where it belongs. */
static struct name_slot *
slot_of(const struct names *names, struct slice name, uint32_t hash)
{
	size_t i = hash & (names->room - 1);

	while (names->slots[i].name.p != NULL &&
	    (names->slots[i].hash != hash ||
	    !slice_eq(names->slots[i].name, name)))
		i = (i + 1) & (names->room - 1);
	return &names->slots[i];
}

static void
grow(struct names *names)
{
	struct name_slot *old = names->slots;
	size_t room = names->room;

	names->room *= 2;
	names->slots = xcalloc(names->room, sizeof(*names->slots));
	for (size_t i = 0; i < room; i++)
		if (old[i].name.p != NULL)
			*slot_of(names, old[i].name, old[i].hash) = old[i];
	free(old);
}

bool
names_add(struct names *names, struct slice name, unsigned index)
{
	uint32_t hash = hash_of(name);
	struct name_slot *slot = slot_of(names, name, hash);

	if (slot->name.p != NULL)
		return false;
	slot->name = name;
	slot->hash = hash;
	slot->index = index;
	if (++names->count * 4 > names->room * 3)
		grow(names);
	return true;
}

bool
names_find(const struct names *names, struct slice name, unsigned *index)
{
	const struct name_slot *slot = slot_of(names, name, hash_of(name));

	if (slot->name.p == NULL)
		return false;
	*index = slot->index;
	return true;
}

const char *
names_nearest(const struct names *names, struct slice name)
{
	struct nearest nearest;

	if (names->count > NEAREST_AMONG)
		return NULL;
	nearest_init(&nearest, name);
	for (size_t i = 0; i < names->room; i++)
		if (names->slots[i].name.p != NULL)
			nearest_offer(&nearest, names->slots[i].name.p);
	return nearest.best;
}
