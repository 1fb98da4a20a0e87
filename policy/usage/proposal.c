/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/names/domain.h"
#include "policy/usage/proposal.h"
#include "policy/verdict.h"

/* A name is at most 64 octets; some are for a number. */
enum { PROPOSAL_NAME = 60, NAME_TEXT = 80 };

struct proposing {
	const struct policy *policy;
	struct arena *arena;
	struct proposal *list;
	size_t count;
	size_t left;
};

/* What finds an application */

/* Whether text can be written in a policy file as it is recorded. */
static bool
proposal_is_writable(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return false;
	return text.n > 0 && !slice_ends(text, SLICE("..."));
}

static void
proposal_add_value(struct proposing *p, struct proposal *row,
    struct slice value)
{
	struct slice *list = arena_grow(p->arena, row->values.list,
	    row->values.count, row->values.count + 1, sizeof(*list));

	list[row->values.count++] = arena_copy(p->arena, value);
	row->values.list = list;
}

static bool
proposal_by_name(struct proposing *p, const struct application *app,
    struct proposal *row)
{
	struct slice cn = app->certificates[0].peer;
	struct domain domain;

	if (!domain_from(cn, &domain) ||
	    !verdict_is_name(domain_slice(&domain), cn))
		return false;
	row->list = "names";
	proposal_add_value(p, row, domain_slice(&domain));
	return true;
}

/* By a fact of each certificate, which must have it. */
static bool
proposal_by_each(struct proposing *p, const struct application *app,
    bool fingerprints, struct proposal *row)
{
	struct words none = { .list = NULL };

	row->list = fingerprints ? "fingerprints" : "subjects";
	row->values = none;
	for (size_t i = 0; i < app->certificate_count; i++) {
		const struct application_certificate *c =
		    &app->certificates[i];
		struct slice value = fingerprints ? c->fingerprint
		    : c->subject;

		if (!proposal_is_writable(value) || (fingerprints &&
		    !slice_starts(value, SLICE("sha256:"))))
			return false;
		proposal_add_value(p, row, value);
	}
	return !app->more_certificates;
}

static bool
proposal_by_certificate(struct proposing *p, const struct application *app,
    struct proposal *row)
{
	return proposal_by_name(p, app, row) ||
	    proposal_by_each(p, app, false, row) ||
	    proposal_by_each(p, app, true, row);
}

static bool
proposal_by_clients(struct proposing *p, const struct application *app,
    struct proposal *row)
{
	char text[NETADDR_TEXT];

	row->list = "clients";
	row->values = (struct words){ .list = NULL };
	for (size_t i = 0; i < app->client_count; i++)
		proposal_add_value(p, row, slice_of(netaddr_show(
		    &app->clients[i], text, sizeof(text))));
	return app->client_count > 0 && !app->more_clients;
}

/* Fills the list and its values; list stays NULL when nothing finds it. */
static void
proposal_find(struct proposing *p, const struct application *app,
    struct proposal *row)
{
	if (app->by == FOUND_BY_LOGIN && !app->hidden &&
	    proposal_is_writable(app->name)) {
		row->list = "logins";
		proposal_add_value(p, row, app->name);
		return;
	}
	if (app->by == FOUND_BY_CERTIFICATE &&
	    proposal_by_certificate(p, app, row))
		return;
	if (!proposal_by_clients(p, app, row))
		row->list = NULL;
}

/* What all its mail has proven */

static enum level
proposal_level(const struct application *app, const char *list)
{
	if (app->clear > 0 || app->unknown > 0)
		return LEVEL_NONE;
	if (strcmp(list, "clients") == 0)
		return LEVEL_ENCRYPT;
	if (app->by == FOUND_BY_LOGIN)
		return app->unproven == 0 ? LEVEL_VERIFY : LEVEL_ENCRYPT;
	return app->verified ? LEVEL_VERIFY : LEVEL_ENCRYPT;
}

static bool
proposal_is_modern(const struct application *app)
{
	for (size_t i = 0; i < app->version_count; i++)
		if (app->versions[i].version < TLS_1_2)
			return false;
	return app->clear == 0 && app->unknown == 0;
}

/* Its name */

static bool
proposal_name_is_free(const struct proposing *p, struct slice name)
{
	const struct table *table = p->policy->table;

	for (size_t i = 0; i < p->count; i++)
		if (slice_ieq(p->list[i].name, name))
			return false;
	for (size_t i = 0; i < table_partners(table); i++)
		if (slice_ieq(table_partner(table, (unsigned)i)->name, name))
			return false;
	return true;
}

static bool
proposal_is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* Writes what may be part of a name: the local part of a login, or an address
 * with hyphens. */
static void
proposal_spell_name(struct slice from, struct text *out)
{
	from = slice_head(from, slice_find(from, '@'));
	for (size_t i = 0; i < from.n && text_length(out) < PROPOSAL_NAME;
	     i++) {
		char c = from.p[i];

		if (proposal_is_alnum(c) || (text_length(out) > 0 &&
		    (c == '.' || c == '-' || c == '_')))
			text_byte(out, c);
		else if (text_length(out) > 0)
			text_byte(out, '-');
	}
}

static struct slice
proposal_name(const struct proposing *p, const struct application *app,
    const struct proposal *row)
{
	char base[NAME_TEXT], numbered[NAME_TEXT];
	struct text t, n;

	text_init(&t, base, sizeof(base));
	if (row->list != NULL && strcmp(row->list, "clients") == 0)
		text_slice(&t, SLICE("client-"));
	proposal_spell_name(row->list == NULL ? app->name
	    : row->values.list[0], &t);
	if (text_length(&t) == 0)
		text_slice(&t, SLICE("application"));
	if (proposal_name_is_free(p, text_so_far(&t)))
		return arena_copy(p->arena, text_so_far(&t));
	for (unsigned i = 2;; i++) {
		text_init(&n, numbered, sizeof(numbered));
		text_add(&n, "%.*s-%u", SLICE_ARGS(slice_head(text_so_far(&t),
		    PROPOSAL_NAME - 4)), i);
		if (proposal_name_is_free(p, text_so_far(&n)))
			return arena_copy(p->arena, text_so_far(&n));
	}
}

/* The rows */

static void
proposal_add_place(struct proposal *row, const struct application *app)
{
	struct service_place place = { app->port, app->port != 0 ? SLICE_NONE
	    : app->listener };

	for (size_t i = 0; i < row->place_count; i++)
		if (row->places[i].port == place.port && (place.port != 0 ||
		    slice_eq(row->places[i].name, place.name)))
			return;
	if (row->place_count == PROPOSAL_PLACES || (place.port == 0 &&
	    !proposal_is_writable(place.name)))
		row->anywhere = true;
	else if (!row->anywhere)
		row->places[row->place_count++] = place;
	if (row->anywhere)
		row->place_count = 0;
}

/* The row with the same list and values; NULL: there is none yet. */
static struct proposal *
proposal_same(const struct proposing *p, const struct proposal *row)
{
	for (size_t i = 0; i < p->count && row->list != NULL; i++) {
		struct proposal *other = &p->list[i];
		size_t k = 0;

		if (other->list == NULL || strcmp(other->list, row->list) != 0)
			continue;
		while (k < row->values.count && k < other->values.count &&
		    slice_eq(row->values.list[k], other->values.list[k]))
			k++;
		if (k == row->values.count && k == other->values.count)
			return other;
	}
	return NULL;
}

static void
proposal_add_application(struct proposal *row, const struct application *app)
{
	enum level level = row->list == NULL ? LEVEL_NONE
	    : proposal_level(app, row->list);

	if (row->level == LEVEL_UNSET || level < row->level)
		row->level = level;
	row->modern = row->modern && proposal_is_modern(app);
	proposal_add_place(row, app);
	if (row->application_count < PROPOSAL_APPLICATIONS)
		row->applications[row->application_count++] = app;
}

static void
proposal_add(struct proposing *p, const struct application *app)
{
	struct proposal row = { .modern = true };
	struct proposal *same;

	proposal_find(p, app, &row);
	same = proposal_same(p, &row);
	if (same == NULL && p->count == PROPOSALS) {
		p->left++;
		return;
	}
	if (same == NULL) {
		row.name = proposal_name(p, app, &row);
		same = &p->list[p->count++];
		*same = row;
	}
	proposal_add_application(same, app);
}

size_t
proposals_make(const struct policy *policy,
    const struct application *const *applications, size_t count,
    struct arena *a, struct proposal **out, size_t *left)
{
	struct proposing p = { .policy = policy, .arena = a };

	p.list = arena_array(a, PROPOSALS, sizeof(*p.list));
	for (size_t i = 0; i < count; i++)
		if (applications[i]->uncovered > 0)
			proposal_add(&p, applications[i]);
	*out = p.list;
	*left = p.left;
	return p.count;
}
