/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/file/named_partner.h"
#include "conf/syntax/nearest.h"
#include "policy/names/key.h"

/* More keys than this are not compared: a hint may take no minute. */
enum { COMPARED = 50000 };

static bool
named_partner_row(const struct policy *policy, struct slice word,
    struct row *row)
{
	struct key key;

	if (key_from_domain(word, &key, NULL) >= 0 &&
	    table_exact(policy->table, key_slice(&key), row))
		return true;
	return key_from_nexthop(word, &key, NULL) >= 0 &&
	    table_exact(policy->table, key_slice(&key), row);
}

struct nearest_keys {
	struct nearest nearest;
	struct arena *arena;
};

static bool
named_partner_offer_key(const struct table *table ATTR_UNUSED,
    const struct row *row, void *data)
{
	struct nearest_keys *keys = data;

	nearest_offer(&keys->nearest, arena_string(keys->arena, row->key));
	return true;
}

static int
named_partner_none(const struct policy *policy, struct slice word,
    struct err *e)
{
	struct nearest_keys keys = { .arena = arena_create(4096) };
	char shown[128], near[128] = "";

	nearest_init(&keys.nearest, word);
	for (size_t i = 0; i < table_partners(policy->table); i++)
		if (table_partner(policy->table, (unsigned)i)->name.p != NULL)
			nearest_offer(&keys.nearest, arena_string(keys.arena,
			    table_partner(policy->table, (unsigned)i)->name));
	if (table_keys(policy->table) <= COMPARED)
		table_each(policy->table, named_partner_offer_key, &keys);
	slice_show(word, shown, sizeof(shown));
	if (keys.nearest.best != NULL)
		slice_show(slice_of(keys.nearest.best), near, sizeof(near));
	arena_destroy(&keys.arena);
	return err_set(e, "there is no partner %s%s%s%s: `enforcetls check` "
	    "lists them", shown, near[0] == '\0' ? "" : " (did you mean ",
	    near, near[0] == '\0' ? "" : "?)");
}

/* The partner of that name, or the only one whose name is the same but for the
 * case of its letters; NULL: there is none. */
static const struct partner *
named_partner_named(const struct policy *policy, struct slice word)
{
	const struct partner *found = NULL;
	size_t same = 0;

	for (size_t i = 0; i < table_partners(policy->table); i++) {
		const struct partner *p = table_partner(policy->table,
		    (unsigned)i);

		if (p->name.p == NULL || !slice_ieq(p->name, word))
			continue;
		if (slice_eq(p->name, word))
			return p;
		found = p;
		same++;
	}
	return same == 1 ? found : NULL;
}

int
named_partner_find(const struct policy *policy, struct slice word,
    struct named_partner *out, struct err *e)
{
	const struct partner *named = named_partner_named(policy, word);
	struct row row;

	if (named != NULL) {
		*out = (struct named_partner){ .partner = named,
			.name = named->name };
		return 0;
	}
	/* "*" is no name for anybody. */
	if (slice_eq(word, SLICE("*")) ||
	    !named_partner_row(policy, word, &row))
		return named_partner_none(policy, word, e);
	assert(row.partner != NULL);
	*out = (struct named_partner){ .partner = row.partner,
		.name = row.partner->name,
		.by_key = row.partner->name.p != NULL };
	if (!out->by_key)
		out->name = row.key;
	return 0;
}
