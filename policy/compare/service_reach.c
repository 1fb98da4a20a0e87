/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/compare/service_reach.h"
#include "policy/names/domain.h"

const struct service *
service_with_key(const struct policy *policy, struct slice key)
{
	for (size_t i = 0; i < policy->service_count; i++)
		if (slice_eq(policy->services[i].key, key))
			return &policy->services[i];
	return NULL;
}

static bool
service_has_words(const struct words *inner, const struct words *outer,
    bool (*covers)(struct slice outer, struct slice inner))
{
	for (size_t i = 0; i < inner->count; i++) {
		size_t k = 0;

		while (k < outer->count &&
		    !covers(outer->list[k], inner->list[i]))
			k++;
		if (k == outer->count)
			return false;
	}
	return true;
}

static bool
service_has_clients(const struct peer_group *inner,
    const struct peer_group *outer)
{
	for (size_t i = 0; i < inner->client_count; i++)
		if (!netrange_is_covered(&inner->clients[i], outer->clients,
			outer->client_count))
			return false;
	return true;
}

static bool
service_has_places(const struct service *inner, const struct service *outer)
{
	for (size_t i = 0; i < inner->place_count; i++) {
		const struct service_place *place = &inner->places[i];
		size_t k = 0;

		while (k < outer->place_count &&
		    (outer->places[k].port != place->port ||
			(place->port == 0 &&
			    !slice_eq(outer->places[k].name, place->name))))
			k++;
		if (k == outer->place_count)
			return false;
	}
	return true;
}

static bool
service_is_by_place(const struct service *service)
{
	const struct peer_group *find = &service->find;

	return find->client_count == 0 && find->logins.count == 0 &&
	    find->names.count == 0 && find->subjects.count == 0 &&
	    find->fingerprints.count == 0;
}

/* One of `services`, by another. A place is what finds it, or where what is not
 * known may be it: anywhere when it lists none. */
static bool
service_reaches_as_listed(const struct service *inner,
    const struct service *outer)
{
	const struct peer_group *in = &inner->find, *out = &outer->find;

	if (service_is_by_place(inner) || service_is_by_place(outer))
		return service_is_by_place(inner) &&
		    service_is_by_place(outer) &&
		    service_has_places(inner, outer);
	if (outer->place_count > 0 && (inner->place_count == 0 ||
	    !service_has_places(inner, outer)))
		return false;
	return service_has_clients(in, out) &&
	    service_has_words(&in->logins, &out->logins, slice_eq) &&
	    service_has_words(&in->names, &out->names, domain_covers) &&
	    service_has_words(&in->subjects, &out->subjects, slice_eq) &&
	    service_has_words(&in->fingerprints, &out->fingerprints,
		slice_eq);
}

static bool
service_fits(const struct listener *inner, const struct listener *outer)
{
	return (outer->port == 0 || outer->port == inner->port) &&
	    (outer->address.family == 0 ||
		(inner->address.family != 0 &&
		    netaddr_eq(&outer->address, &inner->address))) &&
	    (outer->daemon_name.p == NULL ||
		slice_eq(outer->daemon_name, inner->daemon_name));
}

/* The first listener that fits a session has it, so those before outer must
 * take no session from it that inner has. */
static bool
service_reaches_as_listener(const struct settings *of,
    const struct listener *inner, const struct settings *by,
    const struct listener *outer)
{
	if (!service_fits(inner, outer))
		return false;
	for (const struct listener *l = by->listeners; l < outer; l++) {
		const struct listener *k = of->listeners;

		while (k < inner && !(service_fits(l, k) && service_fits(k, l)))
			k++;
		if (k == inner)
			return false;
	}
	return true;
}

bool
service_reaches(const struct policy *of, const struct service *inner,
    const struct policy *by, const struct service *outer)
{
	if (inner->listener == NULL && outer->listener == NULL)
		return service_reaches_as_listed(inner, outer);
	return inner->listener != NULL && outer->listener != NULL &&
	    service_reaches_as_listener(&of->settings, inner->listener,
		&by->settings, outer->listener);
}
