/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/table/demand_cover.h"
#include "policy/names/domain.h"

static bool
cover_is_floor(enum demand_part part, enum floor *out)
{
	if (part < PART_FLOOR || part >= PART_IDENTITY)
		return false;
	*out = (enum floor)(part - PART_FLOOR);
	return true;
}

bool
demand_asks_part(const struct demand *demand, enum demand_part part)
{
	enum floor floor;

	assert(part < PART_COUNT);
	/* Whatever else it says, level none passes always. */
	if (demand->level == LEVEL_NONE)
		return false;
	if (cover_is_floor(part, &floor))
		return demand->floor[floor] != 0;
	return part == PART_TLS || demand->level >= LEVEL_VERIFY ||
	    demand->peer_count > 0;
}

/* Whether outer matches every name that inner matches. */
static bool
cover_name(struct slice inner, struct slice outer)
{
	if (outer.n > 0 && outer.p[0] == '.')
		return slice_ends(inner, outer);
	return slice_eq(inner, outer);
}

/*
 * Whether every text that inner matches is matched by outer. An empty list
 * asks for nothing.
 */
static bool
cover_words(const struct words *inner, const struct words *outer,
    bool (*covers)(struct slice inner, struct slice outer))
{
	if (outer->count == 0)
		return true;
	for (size_t i = 0; i < inner->count; i++) {
		size_t k = 0;

		while (k < outer->count &&
		    !covers(inner->list[i], outer->list[k]))
			k++;
		if (k == outer->count)
			return false;
	}
	return inner->count > 0;
}

static bool
cover_clients(const struct peer_group *inner, const struct peer_group *outer)
{
	if (outer->client_count == 0)
		return true;
	for (size_t i = 0; i < inner->client_count; i++)
		if (!netrange_is_covered(&inner->clients[i], outer->clients,
			outer->client_count))
			return false;
	return inner->client_count > 0;
}

/* Whether every peer that inner lets pass, outer lets pass too. */
static bool
cover_group(const struct peer_group *inner, const struct peer_group *outer)
{
	return cover_words(&inner->names, &outer->names, cover_name) &&
	    cover_words(&inner->subjects, &outer->subjects, slice_eq) &&
	    cover_words(&inner->issuers, &outer->issuers, slice_eq) &&
	    cover_words(&inner->fingerprints, &outer->fingerprints,
		slice_eq) &&
	    cover_words(&inner->logins, &outer->logins, slice_eq) &&
	    cover_clients(inner, outer);
}

/* Whether by has only groups whose peers pass one of demand's. */
static bool
cover_groups(const struct demand *demand, const struct demand *by)
{
	for (size_t i = 0; i < by->peer_count; i++) {
		size_t k = 0;

		while (k < demand->peer_count &&
		    !cover_group(&by->peers[i], &demand->peers[k]))
			k++;
		if (k == demand->peer_count)
			return false;
	}
	return by->peer_count > 0;
}

/* Whether each group of by is of certificates, which a trusted chain has. */
static bool
cover_certificates(const struct demand *by)
{
	for (size_t i = 0; i < by->peer_count; i++)
		if (!peer_group_needs_certificate(&by->peers[i]))
			return false;
	return true;
}

static bool
cover_identity(const struct demand *demand, const struct demand *by)
{
	if (by->level < demand->level || by->dane != demand->dane)
		return false;
	if (demand->peer_count > 0)
		return cover_groups(demand, by);
	/* The name is the next hop's own. */
	if (!demand->any_peer)
		return by->peer_count == 0 && !by->any_peer;
	return cover_certificates(by);
}

bool
demand_part_is_covered(const struct demand *demand, enum demand_part part,
    const struct demand *by)
{
	enum floor floor;

	assert(part < PART_COUNT);
	if (!demand_asks_part(demand, part))
		return true;
	if (!demand_asks_part(by, part))
		return false;
	if (cover_is_floor(part, &floor))
		return by->floor[floor] >= demand->floor[floor];
	return part == PART_TLS || cover_identity(demand, by);
}

bool
demand_covers(const struct demand *a, const struct demand *b)
{
	for (unsigned part = 0; part < PART_COUNT; part++)
		if (!demand_part_is_covered(b, (enum demand_part)part, a))
			return false;
	return true;
}

bool
demand_names_clients(const struct demand *demand)
{
	for (size_t i = 0; i < demand->peer_count; i++)
		if (demand->peers[i].client_count > 0)
			return true;
	return false;
}

/* Whether one of the groups names each address of range among its clients. */
static bool
cover_has_clients(const struct demand *demand, const struct netrange *range)
{
	for (size_t i = 0; i < demand->peer_count; i++)
		if (netrange_is_covered(range, demand->peers[i].clients,
			demand->peers[i].client_count))
			return true;
	return false;
}

bool
demand_clients_are_covered(const struct demand *demand,
    const struct demand *by)
{
	for (size_t i = 0; i < demand->peer_count; i++) {
		const struct peer_group *group = &demand->peers[i];

		for (size_t k = 0; k < group->client_count; k++)
			if (!cover_has_clients(by, &group->clients[k]))
				return false;
	}
	return true;
}
