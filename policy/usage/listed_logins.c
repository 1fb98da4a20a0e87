/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "policy/usage/listed_logins.h"

struct listed_logins {
	json_t *codes;                  /* owns; code to index in names */
	struct slice *names;            /* owns; each borrows from the policy */
	size_t count, room;
	const struct shortening *hashed;        /* borrows, while created */
};

static void
listed_logins_add(struct listed_logins *l, const struct words *words)
{
	char code[SHORTENING_TEXT];
	struct text t;

	for (size_t i = 0; i < words->count; i++) {
		if (l->count == l->room) {
			l->room = 2 * l->room + 16;
			l->names = xrealloc(l->names,
			    l->room * sizeof(*l->names));
		}
		text_init(&t, code, sizeof(code));
		shortening_add(l->hashed, words->list[i], &t);
		json_object_set_new(l->codes, code,
		    json_integer((json_int_t)l->count));
		l->names[l->count++] = words->list[i];
	}
}

static void
listed_logins_add_partner(struct listed_logins *l,
    const struct partner *partner)
{
	for (unsigned h = 0; h < HOP_COUNT; h++) {
		const struct rule *rule = partner->rules[h];

		for (size_t i = 0; rule != NULL &&
		     i < rule->demand.peer_count; i++)
			listed_logins_add(l, &rule->demand.peers[i].logins);
	}
}

struct listed_logins *
listed_logins_create(const struct policy *policy,
    const struct shortening *hashed)
{
	struct listed_logins *l = xcalloc(1, sizeof(*l));

	assert(hashed->form == ADDRESSES_HASHED);
	l->codes = json_object();
	l->hashed = hashed;
	for (size_t i = 0; i < policy->service_count; i++)
		listed_logins_add(l, &policy->services[i].find.logins);
	for (size_t i = 0; i < table_partners(policy->table); i++)
		listed_logins_add_partner(l, table_partner(policy->table,
		    (unsigned)i));
	l->hashed = NULL;
	return l;
}

void
listed_logins_destroy(struct listed_logins **logins)
{
	struct listed_logins *l = *logins;

	if (l == NULL)
		return;
	json_decref(l->codes);
	free(l->names);
	free(l);
	*logins = NULL;
}

void
listed_logins_restore(const struct listed_logins *l, struct recorded *record)
{
	struct slice code = record->login_text;
	const json_t *index;

	if (l == NULL || !record->shortened || code.n == 0)
		return;
	index = json_object_getn(l->codes, code.p, code.n);
	if (index == NULL)
		return;
	record->login_text = l->names[json_integer_value(index)];
	record->proof.claimed_login = (struct fact){ PROOF_PRESENT,
		record->login_text };
	/* It is unknown only for its code. */
	if (record->proof.login.proof == PROOF_UNKNOWN &&
	    record->proof.tls == PROOF_PRESENT)
		record->proof.login = record->proof.claimed_login;
}
