/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "policy/usage/partner_use.h"

struct used_partner {
	struct credentials *hops[HOP_COUNT];    /* owns; NULL: none */
};

struct partner_use {
	int64_t now;
	const struct shortening *hashed;        /* borrows; or NULL */
	json_t *names;                  /* owns; name, or its code, to index */
	struct used_partner *list;      /* owns */
	size_t count, room;
};

struct partner_use *
partner_use_create(int64_t now, const struct shortening *hashed)
{
	struct partner_use *use = xcalloc(1, sizeof(*use));

	use->now = now;
	use->hashed = hashed;
	use->names = json_object();
	return use;
}

void
partner_use_destroy(struct partner_use **use)
{
	struct partner_use *u = *use;

	if (u == NULL)
		return;
	for (size_t i = 0; i < u->count; i++)
		for (unsigned h = 0; h < HOP_COUNT; h++)
			credentials_destroy(&u->list[i].hops[h]);
	json_decref(u->names);
	free(u->list);
	free(u);
	*use = NULL;
}

/* A row without a name has its key as name, which may be an address. */
static void
partner_use_index(struct partner_use *u, struct slice name)
{
	char code[SHORTENING_TEXT];
	struct text t;

	json_object_setn_new(u->names, name.p, name.n,
	    json_integer((json_int_t)u->count));
	if (u->hashed == NULL || slice_find(name, '@') == name.n)
		return;
	text_init(&t, code, sizeof(code));
	shortening_add_text(u->hashed, name, &t);
	json_object_set_new(u->names, code,
	    json_integer((json_int_t)u->count));
}

void
partner_use_add(struct partner_use *u, const struct partner *partner,
    struct slice name)
{
	static const enum hop hops[] = { HOP_INBOUND, HOP_ENTRY };
	struct used_partner added = { .hops = { NULL } };
	bool any = false;

	for (size_t i = 0; i < COUNT_OF(hops); i++) {
		const struct rule *rule = partner->rules[hops[i]];

		if (rule != NULL)
			added.hops[hops[i]] = credentials_of_rule(rule,
			    u->now);
		any = any || added.hops[hops[i]] != NULL;
	}
	if (!any)
		return;
	if (u->count == u->room) {
		u->room = 2 * u->room + 16;
		u->list = xrealloc(u->list, u->room * sizeof(*u->list));
	}
	partner_use_index(u, name);
	u->list[u->count++] = added;
}

bool
partner_use_is_empty(const struct partner_use *use)
{
	return use->count == 0;
}

static struct used_partner *
partner_use_named(const struct partner_use *u, struct slice name)
{
	const json_t *index = name.p == NULL ? NULL
	    : json_object_getn(u->names, name.p, name.n);

	return index == NULL ? NULL : &u->list[json_integer_value(index)];
}

void
partner_use_take(const struct usage_recipient *recipient, void *use)
{
	const struct gathered_record *k = recipient->records;

	for (; k != NULL; k = k->next) {
		const struct decision *d = &k->record.decision;
		struct used_partner *p = partner_use_named(use, d->partner);

		if (p != NULL && p->hops[d->hop] != NULL)
			credentials_take_record(p->hops[d->hop], &k->record,
			    recipient->new_message);
	}
}

const struct credentials *
partner_use_of(const struct partner_use *use, struct slice name, enum hop hop)
{
	const struct used_partner *p = use == NULL ? NULL
	    : partner_use_named(use, name);

	assert(hop < HOP_COUNT);
	return p == NULL ? NULL : p->hops[hop];
}
