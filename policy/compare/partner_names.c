/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/compare/partner_names.h"

struct partner_names {
	const struct table *table;
	/* One chain for each hash of a name. head[h] and next[i] are indexes
	 * of partners plus one; 0 ends a chain. */
	uint32_t *head;
	uint32_t *next;
	size_t heads;                   /* a power of two */
};

static size_t
partner_slot_of(const struct partner_names *names, struct slice name)
{
	return (size_t)slice_hash(name) & (names->heads - 1);
}

const struct partner_names *
partner_names_index(const struct table *table, struct arena *a)
{
	struct partner_names *names = arena_alloc(a, sizeof(*names));
	size_t count = table_partners(table);

	assert(count < UINT32_MAX);
	names->table = table;
	names->heads = 16;
	while (names->heads < count)
		names->heads *= 2;
	names->head = arena_array(a, names->heads, sizeof(*names->head));
	names->next = arena_array(a, count, sizeof(*names->next));
	for (size_t i = 0; i < count; i++) {
		struct slice name = table_partner(table, (unsigned)i)->name;
		size_t slot;

		if (name.p == NULL)
			continue;
		slot = partner_slot_of(names, name);
		names->next[i] = names->head[slot];
		names->head[slot] = (uint32_t)i + 1;
	}
	return names;
}

const struct partner *
partner_names_find(const struct partner_names *names, struct slice name)
{
	uint32_t i;

	if (name.p == NULL)
		return NULL;
	for (i = names->head[partner_slot_of(names, name)]; i != 0;
	     i = names->next[i - 1]) {
		const struct partner *partner = table_partner(names->table,
		    i - 1);

		if (slice_eq(partner->name, name))
			return partner;
	}
	return NULL;
}

const struct rule *
partner_names_rule(const struct partner_names *names, struct slice name,
    enum hop hop)
{
	const struct partner *partner = partner_names_find(names, name);
	struct row row;

	assert(hop < HOP_COUNT);
	if (partner == NULL && table_exact(names->table, name, &row) &&
	    row.partner->name.p == NULL)
		partner = row.partner;
	return partner == NULL ? NULL : partner->rules[hop];
}
