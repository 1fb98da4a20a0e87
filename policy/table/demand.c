/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/table/demand.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/names/domain.h"

bool
peer_group_needs_certificate(const struct peer_group *group)
{
	return group->names.count > 0 || group->subjects.count > 0 ||
	    group->issuers.count > 0 || group->fingerprints.count > 0;
}

bool
peer_group_is_proof(const struct peer_group *group)
{
	return peer_group_needs_certificate(group) || group->logins.count > 0;
}

/* name may be a suffix, too. */
static bool
demand_name_covers(struct slice pattern, struct slice name)
{
	return slice_eq(pattern, name) || domain_covers(pattern, name);
}

/* Whether each text of a matches one of b. An empty b asks for nothing. */
static bool
demand_words_cover(const struct words *a, const struct words *b,
    bool (*matches)(struct slice pattern, struct slice text))
{
	if (b->count == 0)
		return true;
	for (size_t i = 0; i < a->count; i++) {
		bool found = false;

		for (size_t k = 0; k < b->count && !found; k++)
			found = matches(b->list[k], a->list[i]);
		if (!found)
			return false;
	}
	return a->count > 0;
}

static bool
demand_clients_cover(const struct peer_group *a, const struct peer_group *b)
{
	if (b->client_count == 0)
		return true;
	for (size_t i = 0; i < a->client_count; i++) {
		const struct netrange *inner = &a->clients[i];
		bool found = false;

		for (size_t k = 0; k < b->client_count && !found; k++)
			found = b->clients[k].length <= inner->length &&
			    netrange_has(&b->clients[k], &inner->base);
		if (!found)
			return false;
	}
	return a->client_count > 0;
}

static bool
demand_group_covers(const struct peer_group *a, const struct peer_group *b)
{
	return demand_words_cover(&a->names, &b->names,
		demand_name_covers) &&
	    demand_words_cover(&a->subjects, &b->subjects, slice_eq) &&
	    demand_words_cover(&a->issuers, &b->issuers, slice_eq) &&
	    demand_words_cover(&a->fingerprints, &b->fingerprints, slice_eq) &&
	    demand_words_cover(&a->logins, &b->logins, slice_eq) &&
	    demand_clients_cover(a, b);
}

/* Whether whoever passes one of a's groups passes one of b's. */
static bool
demand_groups_cover(const struct demand *a, const struct demand *b)
{
	for (size_t i = 0; i < a->peer_count; i++) {
		bool found = false;

		for (size_t k = 0; k < b->peer_count && !found; k++)
			found = demand_group_covers(&a->peers[i],
			    &b->peers[k]);
		if (!found)
			return false;
	}
	return a->peer_count > 0;
}

/* Whether nobody passes without a certificate that the MTA verified. */
static bool
demand_is_certified(const struct demand *demand)
{
	for (size_t i = 0; i < demand->peer_count; i++)
		if (!peer_group_needs_certificate(&demand->peers[i]))
			return false;
	return demand->level == LEVEL_VERIFY && !demand->dane;
}

/* Whether a identifies the peer as b does, or more closely. */
static bool
demand_peer_covers(const struct demand *a, const struct demand *b)
{
	if (b->dane || a->dane)
		return a->dane == b->dane || b->level < LEVEL_VERIFY;
	if (b->peer_count > 0)
		return demand_groups_cover(a, b);
	if (b->level < LEVEL_VERIFY)
		return true;
	if (b->any_peer)
		return demand_is_certified(a);
	/* The name of the next hop, which is not known here. */
	return a->peer_count == 0 && !a->any_peer;
}

bool
demand_covers(const struct demand *a, const struct demand *b)
{
	if (b->level == LEVEL_NONE)
		return true;
	if (a->level < b->level)
		return false;
	for (unsigned i = 0; i < FLOOR_COUNT; i++)
		if (a->floor[i] < b->floor[i])
			return false;
	return demand_peer_covers(a, b);
}

static void
demand_add_words(struct text *t, const char *key, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		/* Whole, at four octets for each that is escaped. */
		char shown[4 * LIMIT_MACRO + 8];

		slice_show(words->list[i], shown, sizeof(shown));
		if (i == 0)
			text_add(t, " %s=%s", key, shown);
		else
			text_add(t, "|%s", shown);
	}
}

static void
demand_add_group(struct text *t, const struct peer_group *group)
{
	demand_add_words(t, "names", &group->names);
	demand_add_words(t, "subjects", &group->subjects);
	demand_add_words(t, "issuers", &group->issuers);
	demand_add_words(t, "fingerprints", &group->fingerprints);
	demand_add_words(t, "logins", &group->logins);
	for (size_t i = 0; i < group->client_count; i++) {
		char shown[64];

		netrange_show(&group->clients[i], shown, sizeof(shown));
		if (i == 0)
			text_add(t, " clients=%s", shown);
		else
			text_add(t, "|%s", shown);
	}
}

void
demand_add(const struct demand *demand, struct text *out)
{
	assert(demand->peer_count == 0 || demand->peers != NULL);
	text_add(out, "%s", level_name(demand->level));
	if (demand->any_peer)
		text_add(out, " any_peer");
	if (demand->dane)
		text_add(out, " dane");
	for (size_t i = 0; i < demand->peer_count; i++) {
		if (i > 0)
			text_add(out, " or");
		demand_add_group(out, &demand->peers[i]);
	}
	for (unsigned i = 0; i < FLOOR_COUNT; i++) {
		if (demand->floor[i] == 0)
			continue;
		text_add(out, " %s=", floor_name((enum floor)i));
		floor_add_value((enum floor)i, demand->floor[i], out);
	}
}

size_t
demand_show(const struct demand *demand, char *out, size_t size)
{
	struct text t;

	text_init(&t, out, size);
	demand_add(demand, &t);
	return text_end(&t);
}
