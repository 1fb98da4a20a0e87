/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/compare/network_weaker.h"

enum {
	ARRIVALS = 1u << HOP_INBOUND | 1u << HOP_ENTRY,
	BELIEVED = ARRIVALS | 1u << HOP_EARLIER
};

/* What an address is taken for. */
enum relay_class {
	RELAY_NONE,                     /* its own session is judged */
	RELAY_BELIEVED,                 /* what it wrote of its client is */
	RELAY_JUDGED,                   /* its mail is exempt */
	RELAY_MIXED                     /* some addresses of a range differ */
};

static enum relay_class
network_class_of(const struct settings *settings, const struct netrange *range)
{
	for (size_t i = 0; i < settings->own_relay_count; i++) {
		const struct relay *relay = &settings->own_relays[i];

		if (netrange_is_within(range, &relay->range))
			return relay->judged ? RELAY_JUDGED : RELAY_BELIEVED;
		if (netrange_is_within(&relay->range, range))
			return RELAY_MIXED;
	}
	return RELAY_NONE;
}

/* The hops that may refuse less when an address is taken for another class. */
static unsigned
network_hops_lost(enum relay_class from, enum relay_class to)
{
	/* Only mail of relays has earlier hops. */
	unsigned earlier = to == RELAY_NONE ? 1u << HOP_EARLIER : 0;

	if (from == to)
		return 0;
	/* No session of ours is judged, or what a peer claims is. A relay's
	 * own session proves nothing of the hop before. */
	if (to == RELAY_JUDGED || from != RELAY_JUDGED)
		return ARRIVALS | earlier;
	return earlier;
}

/* Halves range until all its addresses are of one class. */
static bool
network_range_is_weaker(const struct settings *from, const struct settings *to,
    const struct netrange *range, unsigned hops)
{
	enum relay_class before = network_class_of(from, range);
	enum relay_class after = network_class_of(to, range);
	struct netrange half[2];

	if (before != RELAY_MIXED && after != RELAY_MIXED)
		return (network_hops_lost(before, after) & hops) != 0;
	return netrange_halve(range, half) &&
	    (network_range_is_weaker(from, to, &half[0], hops) ||
		network_range_is_weaker(from, to, &half[1], hops));
}

static bool
network_relays_of(const struct settings *whose, const struct settings *from,
    const struct settings *to, unsigned hops)
{
	for (size_t i = 0; i < whose->own_relay_count; i++)
		if (network_range_is_weaker(from, to,
			&whose->own_relays[i].range, hops))
			return true;
	return false;
}

bool
network_relays_are_weaker(const struct settings *from,
    const struct settings *to, unsigned hops)
{
	return network_relays_of(from, from, to, hops) ||
	    network_relays_of(to, from, to, hops);
}

bool
network_local_is_weaker(const struct settings *from,
    const struct settings *to, unsigned hops)
{
	for (size_t i = 0; i < to->local_client_count; i++)
		if (!netrange_is_covered(&to->local_clients[i],
			from->local_clients, from->local_client_count))
			return (hops & BELIEVED) != 0;
	return false;
}

/* Whether every session of inner fits outer. */
static bool
network_fits(const struct listener *inner, const struct listener *outer)
{
	return (outer->port == 0 || outer->port == inner->port) &&
	    (outer->address.family == 0 ||
		netaddr_eq(&outer->address, &inner->address)) &&
	    (outer->daemon_name.p == NULL ||
		slice_eq(outer->daemon_name, inner->daemon_name));
}

/* What the sessions are taken for that fit all of listener and nothing more. */
static enum listener_kind
network_kind_of(const struct settings *settings,
    const struct listener *listener)
{
	for (size_t i = 0; i < settings->listener_count; i++)
		if (network_fits(listener, &settings->listeners[i]))
			return settings->listeners[i].kind;
	return LISTENER_MX;
}

/* How much of what a session shows is believed. */
static int
network_trust_of(enum listener_kind kind)
{
	switch (kind) {
	case LISTENER_REINJECT:
		return 2;
	case LISTENER_MX:
	case LISTENER_SUBMISSION:
		return 1;
	case LISTENER_PROXIED:
		break;
	}
	return 0;
}

/* The n-th listener of both lists. */
static const struct listener *
network_listener(const struct settings *from, const struct settings *to,
    size_t n)
{
	return n < from->listener_count ? &from->listeners[n]
	    : &to->listeners[n - from->listener_count];
}

static bool
network_same_listeners(const struct settings *a, const struct settings *b)
{
	if (a->listener_count != b->listener_count)
		return false;
	for (size_t i = 0; i < a->listener_count; i++)
		if (a->listeners[i].kind != b->listeners[i].kind ||
		    !network_fits(&a->listeners[i], &b->listeners[i]) ||
		    !network_fits(&b->listeners[i], &a->listeners[i]))
			return false;
	return true;
}

/* Whether sessions that fit the port of one listener, the address of another
 * and the daemon_name of a third are believed more. */
static bool
network_mix_is_weaker(const struct settings *from, const struct settings *to,
    size_t port, size_t address, size_t name)
{
	struct listener mixed = {
		.port = network_listener(from, to, port)->port,
		.address = network_listener(from, to, address)->address,
		.daemon_name = network_listener(from, to, name)->daemon_name };

	return network_trust_of(network_kind_of(to, &mixed)) >
	    network_trust_of(network_kind_of(from, &mixed));
}

/*
 * Which listeners a session fits is the same for all sessions that fit their
 * ports, addresses and names, and no listener has more than these three.
 */
bool
network_listeners_are_weaker(const struct settings *from,
    const struct settings *to, unsigned hops)
{
	size_t n = from->listener_count + to->listener_count;

	if ((hops & BELIEVED) == 0 || network_same_listeners(from, to))
		return false;
	for (size_t port = 0; port < n; port++)
		for (size_t address = 0; address < n; address++)
			for (size_t name = 0; name < n; name++)
				if (network_mix_is_weaker(from, to, port,
					address, name))
					return true;
	return false;
}
