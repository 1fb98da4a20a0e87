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

/* The first listener that fits a session has it, so those before outer must
 * take no session from it that inner has. */
static bool
service_reaches_as_listener(const struct settings *of,
    const struct listener *inner, const struct settings *by,
    const struct listener *outer)
{
	if (!listener_takes_all(outer, inner))
		return false;
	for (const struct listener *l = by->listeners; l < outer; l++) {
		const struct listener *k = of->listeners;

		while (k < inner && !(listener_takes_all(l, k) &&
		    listener_takes_all(k, l)))
			k++;
		if (k == inner && listener_meets(l, inner))
			return false;
	}
	return true;
}

/* Whether by has a listener of the name that takes what l takes. */
static bool
service_has_listener(const struct settings *of, const struct listener *l,
    const struct settings *by)
{
	for (size_t i = 0; i < by->listener_count; i++)
		if (slice_eq(by->listeners[i].name, l->name) &&
		    service_reaches_as_listener(of, l, by,
			&by->listeners[i]))
			return true;
	return false;
}

/* Whether the name means in by what it means in of: the MTA's {daemon_name},
 * and whatever listeners have it. */
static bool
service_names_the_same(const struct settings *of, struct slice name,
    const struct settings *by)
{
	for (size_t i = 0; i < of->listener_count; i++)
		if (slice_eq(of->listeners[i].name, name) &&
		    !service_has_listener(of, &of->listeners[i], by))
			return false;
	return true;
}

/* What a place finds, or is expected by, lies in the settings too. */
struct places {
	const struct settings *settings;
	const struct service_place *list;
	size_t count;
};

static struct places
service_places(const struct policy *policy, const struct service *service)
{
	return (struct places){ &policy->settings, service->places,
		service->place_count };
}

static bool
service_has_place(const struct places *in, const struct service_place *place,
    const struct places *out)
{
	for (size_t i = 0; i < out->count; i++)
		if (out->list[i].port == place->port &&
		    (place->port != 0 ||
			(slice_eq(out->list[i].name, place->name) &&
			    service_names_the_same(in->settings, place->name,
				out->settings))))
			return true;
	return false;
}

static bool
service_has_places(const struct places *in, const struct places *out)
{
	for (size_t i = 0; i < in->count; i++)
		if (!service_has_place(in, &in->list[i], out))
			return false;
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
service_reaches_as_listed(const struct policy *of,
    const struct service *inner, const struct policy *by,
    const struct service *outer)
{
	const struct peer_group *in = &inner->find, *out = &outer->find;
	struct places expected = service_places(of, inner);
	struct places places = service_places(by, outer);

	if (service_is_by_place(inner) || service_is_by_place(outer))
		return service_is_by_place(inner) &&
		    service_is_by_place(outer) &&
		    service_has_places(&expected, &places);
	if (places.count > 0 && (expected.count == 0 ||
	    !service_has_places(&expected, &places)))
		return false;
	return service_has_clients(in, out) &&
	    service_has_words(&in->logins, &out->logins, slice_eq) &&
	    service_has_words(&in->names, &out->names, domain_covers) &&
	    service_has_words(&in->subjects, &out->subjects, slice_eq) &&
	    service_has_words(&in->fingerprints, &out->fingerprints,
		slice_eq);
}

bool
service_reaches(const struct policy *of, const struct service *inner,
    const struct policy *by, const struct service *outer)
{
	if (inner->listener == NULL && outer->listener == NULL)
		return service_reaches_as_listed(of, inner, by, outer);
	return inner->listener != NULL && outer->listener != NULL &&
	    service_reaches_as_listener(&of->settings, inner->listener,
		&by->settings, outer->listener);
}

static void
service_add_keys(const struct listener *l, struct text *out)
{
	char shown[300];

	if (l->port != 0)
		text_add(out, " port %d", l->port);
	if (l->address.family != 0)
		text_add(out, " address %s", netaddr_show(&l->address, shown,
		    sizeof(shown)));
	if (l->daemon_name.p == NULL)
		return;
	slice_show(l->daemon_name, shown, sizeof(shown));
	text_add(out, " daemon_name %s", shown);
}

/* " (listener port 587, but for address 192.0.2.1)" */
static void
service_add_listener(const struct settings *settings,
    const struct listener *l, struct text *out)
{
	text_add(out, " (listener");
	service_add_keys(l, out);
	for (const struct listener *k = settings->listeners; k < l; k++)
		if (listener_meets(k, l)) {
			text_add(out, ", but for");
			service_add_keys(k, out);
		}
	text_add(out, ")");
}

void
service_add_finds(const struct policy *policy, const struct service *service,
    struct text *out)
{
	const struct settings *settings = &policy->settings;

	service_add(service, out);
	if (service->listener != NULL)
		service_add_listener(settings, service->listener, out);
	for (size_t i = 0; i < service->place_count; i++)
		for (size_t k = 0; k < settings->listener_count; k++) {
			const struct listener *l = &settings->listeners[k];

			if (service->places[i].port == 0 && l->name.p != NULL &&
			    slice_eq(l->name, service->places[i].name))
				service_add_listener(settings, l, out);
		}
}
