/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stddef.h>

#include "conf/file/network.h"
#include "conf/file/partners.h"
#include "conf/syntax/field.h"
#include "policy/base/text.h"
#include "policy/judge/request.h"
#include "policy/names/key.h"
#include "policy/names/netaddr.h"

static int
network_range_from(struct slice text, struct netrange *out, struct err *e)
{
	char shown[64];

	if (!netrange_from(text, out)) {
		slice_show(text, shown, sizeof(shown));
		return err_set(e, "\"%s\" is not an address or range: write "
		    "192.0.2.1, 192.0.2.0/24 or 2001:db8::/32, with no bit set "
		    "after the prefix", shown);
	}
	if (out->length == 0)
		return err_set(e, "this range is the whole Internet");
	return 0;
}

/* The part of all addresses that is more than anybody's own network: a v4 /8,
 * a v6 /16. */
static const double network_too_much[] = { 1.0 / 256, 1.0 / 65536 };

/* Whether the range holds only addresses that are not public. */
static bool
network_is_private(const struct netrange *range)
{
	static const char *const private[] = { "10.0.0.0/8", "127.0.0.0/8",
		"100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12",
		"192.168.0.0/16", "fc00::/7", "fe80::/10" };

	for (size_t i = 0; i < COUNT_OF(private); i++) {
		struct netrange outer;

		if (netrange_from(slice_of(private[i]), &outer) &&
		    netrange_is_within(range, &outer))
			return true;
	}
	return false;
}

/* 2 to the power of -length. */
static double
network_share(const struct netrange *range)
{
	double share = 1;

	for (unsigned i = 0; i < range->length; i++)
		share /= 2;
	return share;
}

/* Whether the ranges hold every address of a family. */
static bool
network_is_everything(const struct netrange *ranges, size_t count,
    unsigned char family)
{
	const struct netrange all = { .base = { .family = family } };

	return netrange_is_covered(&all, ranges, count);
}

/* Two halves of the Internet are the whole of it, and the sum of many ranges
 * may be most of it. */
static void
network_review_breadth(struct read_context *r, struct node at,
    const struct netrange *ranges, size_t count)
{
	double share[2] = { 0, 0 };

	for (size_t i = 0; i < count; i++)
		/* One that was refused has no family. */
		if (ranges[i].base.family != 0 &&
		    !network_is_private(&ranges[i]))
			share[ranges[i].base.family == 6] +=
			    network_share(&ranges[i]);
	for (unsigned i = 0; i < 2; i++)
		if (share[i] >= 1 &&
		    network_is_everything(ranges, count, i == 0 ? 4 : 6))
			section_error(r, at, "together these ranges are the "
			    "whole Internet");
		else if (share[i] > network_too_much[i])
			section_warning(r, at, "together these ranges hold "
			    "%.3g %% of all IPv%u addresses: list only "
			    "addresses that you know", 100 * share[i],
			    i == 0 ? 4u : 6u);
}

size_t
network_ranges(struct read_context *r, struct node list,
    const struct netrange **out)
{
	size_t n = section_count_texts(list), count = 0;
	struct netrange *ranges = arena_array(r->arena, n, sizeof(*ranges));
	struct err e;

	for (size_t i = 0; i < n; i++) {
		struct value value = section_text_value(r, list, i);

		if (value.text.p == NULL)
			continue;
		if (network_range_from(value.text, &ranges[count], &e) < 0)
			section_error(r, value.at, "%s", e.text);
		else
			count++;
	}
	assert(count <= n);
	network_review_breadth(r, list, ranges, count);
	*out = ranges;
	return count;
}

/* own_relays = ( "...", { address = "..."; judged = true; } ) */

static int
network_set_relay_address(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	return network_range_from(value->text, &((struct relay *)into)->range,
	    e);
}

static const struct section_key relay_keys[] = {
	{ .name = "address",
	    .form = FORM_TEXT,
	    .set = network_set_relay_address,
	    .required = true },
	{ .name = "judged",
	    .form = FORM_FLAG,
	    .set = field_set_flag,
	    .offset = offsetof(struct relay, judged),
	    .fallback = "false" },
};

static const struct section relay_section = { "a relay", relay_keys,
	COUNT_OF(relay_keys), false, NULL };

static void
network_review_relays(struct read_context *r, struct node at,
    const struct relay *relays, size_t count)
{
	struct netrange *ranges = arena_array(r->scratch, count,
	    sizeof(*ranges));

	for (size_t i = 0; i < count; i++)
		ranges[i] = relays[i].range;
	network_review_breadth(r, at, ranges, count);
}

int
network_set_own_relays(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct settings *settings = into;
	struct relay *relays;
	size_t n, count = 0;

	if (!section_is_texts(value->at))
		return err_set(e, "expected a list of addresses, or of groups "
		    "( { address = \"...\"; judged = true; } )");
	n = section_count_texts(value->at);
	relays = arena_array(r->arena, n, sizeof(*relays));
	for (size_t i = 0; i < n; i++) {
		struct node at = section_text_node(value->at, i);
		struct value text;

		if (node_is_group(at)) {
			section_read(r, at, &relay_section, &relays[count++]);
			continue;
		}
		text = section_text_value(r, value->at, i);
		if (text.text.p == NULL)
			continue;
		if (network_range_from(text.text, &relays[count].range, e) ==
		    -1)
			section_error(r, text.at, "%s", e->text);
		else
			count++;
	}
	assert(count <= n);
	network_review_relays(r, value->at, relays, count);
	settings->own_relays = relays;
	settings->own_relay_count = count;
	return 0;
}

/* listeners = ( { port = 25; as = "mx"; } ) */

static int
network_set_listener_address(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	if (!netaddr_from(value->text, &((struct listener *)into)->address))
		return err_set(e, "expected an address of this machine");
	return 0;
}

static int
network_set_listener_daemon_name(struct read_context *r,
    const struct value *value, void *into, struct err *e)
{
	if (value->text.n == 0)
		return err_set(e, "expected the MTA's {daemon_name}");
	((struct listener *)into)->daemon_name = arena_copy(r->arena,
	    value->text);
	return 0;
}

static const struct section_key listener_keys[] = {
	{ .name = "port",
	    .form = FORM_NUMBER,
	    .set = field_set_number,
	    .offset = offsetof(struct listener, port),
	    .low = 1,
	    .high = 65535 },
	{ .name = "address",
	    .form = FORM_TEXT,
	    .set = network_set_listener_address },
	{ .name = "daemon_name",
	    .form = FORM_TEXT,
	    .set = network_set_listener_daemon_name },
	{ .name = "name",
	    .form = FORM_TEXT,
	    .set = partners_set_name,
	    .offset = offsetof(struct listener, name) },
	/* Read by services.c, after the partners. */
	{ .name = "rule", .form = FORM_GROUP },
	{ .name = "as",
	    .form = FORM_TEXT,
	    .set = field_set_word,
	    .words = listener_kind_vocabulary,
	    .offset = offsetof(struct listener, kind),
	    .fallback = "mx" },
};

static const struct section listener_section = { "a listener",
	listener_keys, COUNT_OF(listener_keys), false, NULL };

static bool
network_same_listener(const struct listener *a, const struct listener *b)
{
	return a->port == b->port &&
	    a->address.family == b->address.family &&
	    (a->address.family == 0 || netaddr_eq(&a->address, &b->address)) &&
	    (a->daemon_name.p == NULL) == (b->daemon_name.p == NULL) &&
	    (a->daemon_name.p == NULL ||
	    slice_eq(a->daemon_name, b->daemon_name));
}

/* Whether a listener that comes after outer says more than outer does. */
static bool
network_says_more(struct node at, const struct listener *l,
    const struct listener *outer)
{
	return l->kind != outer->kind || l->name.p != NULL ||
	    node_is_given(node_key(at, "rule"));
}

/* Reports list[count] when it is empty, the same as one before it, or without
 * any effect. */
static void
network_check_listener(struct read_context *r, struct node at,
    const struct listener *list, size_t count)
{
	const struct listener *new = &list[count];
	long port;

	if (new->port == 0 && new->address.family == 0 &&
	    new->daemon_name.p == NULL) {
		if (!node_is_given(node_key(at, "port")) &&
		    !node_is_given(node_key(at, "address")) &&
		    !node_is_given(node_key(at, "daemon_name")))
			section_error(r, at, "a listener needs port, address "
			    "or daemon_name");
		return;
	}
	if (slice_int(new->name, 1, 65535, &port))
		section_error(r, at, "a name of digits alone is a port where "
		    "services name their listeners: begin it with a letter");
	for (size_t i = 0; i < count; i++)
		if (network_same_listener(&list[i], new)) {
			section_error(r, at, "the same listener as "
			    "listeners[%zu]", i);
			return;
		} else if (listener_takes_all(&list[i], new) &&
		    network_says_more(at, new, &list[i])) {
			section_error(r, at, "listeners[%zu], which comes "
			    "first, takes everybody who comes in by this one: "
			    "write this one before it", i);
			return;
		}
}

/*
 * With XCLIENT or PROXY, Postfix reports the address and port that the proxy
 * sent, not those of its own listener (FACTS 19).
 */
static void
network_warn_of_proxy(struct read_context *r, struct node at,
    const struct listener *listener)
{
	if (listener->kind == LISTENER_PROXIED &&
	    (listener->port != 0 || listener->address.family != 0))
		section_warning(r, at, "Postfix takes port and address from "
		    "the proxy, which may report others: identify this "
		    "listener by daemon_name alone");
}

int
network_set_listeners(struct read_context *r, const struct value *value,
    void *into, struct err *e ATTR_UNUSED)
{
	struct settings *settings = into;
	size_t n = node_count(value->at);
	struct listener *list = arena_array(r->arena, n, sizeof(*list));

	for (size_t i = 0; i < n; i++) {
		struct node at = node_member(value->at, i);

		if (!section_is_group(r, at))
			continue;
		section_read(r, at, &listener_section, &list[i]);
		network_check_listener(r, at, list, i);
		network_warn_of_proxy(r, at, &list[i]);
	}
	settings->listeners = list;
	settings->listener_count = n;
	return 0;
}

/* local_clients = [ "192.0.2.0/24" ] */

static bool
network_contains_loopback(const struct netrange *range)
{
	static const struct netaddr v4 = { 4, { 127, 0, 0, 1 } };
	static const struct netaddr v6 = { 6,
		{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } };

	return netrange_has(range, &v4) || netrange_has(range, &v6) ||
	    netaddr_is_loopback(&range->base);
}

int
network_set_local_clients(struct read_context *r, const struct value *value,
    void *into, struct err *e ATTR_UNUSED)
{
	struct settings *settings = into;

	settings->local_client_count = network_ranges(r, value->at,
	    &settings->local_clients);
	for (size_t i = 0; i < settings->local_client_count; i++)
		if (network_contains_loopback(&settings->local_clients[i])) {
			section_warning(r, value->at, "contains loopback: mail "
			    "through a tunnel, a proxy or a container also "
			    "comes from there, and is then never refused");
			break;
		}
	return 0;
}

/* smarthosts = [ "[relay.corp.example]:587" ] */

static int
network_smarthost(struct read_context *r, struct slice raw, struct slice *out,
    struct err *e)
{
	struct key key, host;
	bool in_brackets;

	if (key_from_nexthop(raw, &key, e) < 0)
		return -1;
	if (!key_nexthop_host(raw, &host, &in_brackets))
		return err_set(e, "expected a next hop with a host, as "
		    "\"[relay.corp.example]:587\"");
	*out = arena_copy(r->arena, key_slice(&key));
	return 0;
}

int
network_set_smarthosts(struct read_context *r, const struct value *value,
    void *into, struct err *e ATTR_UNUSED)
{
	struct settings *settings = into;

	section_words(r, value->at, network_smarthost, &settings->smarthosts);
	settings->smarthosts_given = true;
	return 0;
}

static void
network_add_range(struct text *out, const struct netrange *range)
{
	char shown[64];

	netrange_show(range, shown, sizeof(shown));
	text_join(out, " ", "%s", shown);
}

void
network_show_own_relays(const struct section_key *key ATTR_UNUSED,
    const void *from, struct text *out)
{
	const struct settings *s = from;

	for (size_t i = 0; i < s->own_relay_count; i++) {
		network_add_range(out, &s->own_relays[i].range);
		if (s->own_relays[i].judged)
			text_add(out, " (judged)");
	}
}

static void
network_add_listener(struct text *out, const struct listener *l)
{
	char address[64];

	text_join(out, ", ", "%s:", listener_kind_name(l->kind));
	if (l->address.family != 0)
		text_add(out, " address %s",
		    netaddr_show(&l->address, address, sizeof(address)));
	if (l->port != 0)
		text_add(out, " port %d", l->port);
	if (l->daemon_name.p != NULL) {
		text_add(out, " daemon_name");
		field_add_text(out, l->daemon_name);
	}
	if (l->name.p != NULL) {
		text_add(out, " name");
		field_add_text(out, l->name);
	}
}

void
network_show_listeners(const struct section_key *key ATTR_UNUSED,
    const void *from, struct text *out)
{
	const struct settings *s = from;

	for (size_t i = 0; i < s->listener_count; i++)
		network_add_listener(out, &s->listeners[i]);
}

void
network_show_local_clients(const struct section_key *key ATTR_UNUSED,
    const void *from, struct text *out)
{
	const struct settings *s = from;

	for (size_t i = 0; i < s->local_client_count; i++)
		network_add_range(out, &s->local_clients[i]);
}

void
network_show_smarthosts(const struct section_key *key ATTR_UNUSED,
    const void *from, struct text *out)
{
	const struct settings *s = from;

	for (size_t i = 0; i < s->smarthosts.count; i++)
		field_add_text(out, s->smarthosts.list[i]);
	if (s->smarthosts_given && s->smarthosts.count == 0)
		text_add(out, "none");
}

const struct section *
network_section(unsigned i)
{
	static const struct section *const sections[] = { &relay_section,
		&listener_section };

	return i < COUNT_OF(sections) ? sections[i] : NULL;
}
