/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stddef.h>

#include "conf/file/services.h"
#include "conf/file/certificates.h"
#include "conf/file/identity.h"
#include "conf/file/partners.h"
#include "conf/file/rule.h"
#include "conf/syntax/field.h"
#include "policy/names/key.h"

/* A service as it is written. */
struct service_texts {
	struct peer_group find;         /* first: the setters take it */
	struct service service;
	struct slice name, owner, contact;
};

/* The identity keys come first, in the order of a rule's. */
enum {
	KEY_SERVICE_NAME = FIELD_PEER_COUNT,
	KEY_SERVICE_LISTENERS,
	KEY_SERVICE_OWNER,
	KEY_SERVICE_CONTACT,
	KEY_SERVICE_INBOUND,
	KEY_SERVICE_COUNT
};

/* "587" or "internal", of a list that may have numbers too. */
static bool
services_read_place(struct read_context *r, struct node at,
    struct service_place *out)
{
	struct slice text = node_text(at);
	long port;

	if (node_kind(at) == NODE_NUMBER) {
		port = node_number(at);
		if (port < 1 || port > 65535) {
			section_error(r, at, "a port is 1 to 65535");
			return false;
		}
		*out = (struct service_place){ .port = (int)port };
		return true;
	}
	if (text.p == NULL || text.n == 0) {
		section_error(r, at, "expected a port, as 587, or the name of "
		    "a listener");
		return false;
	}
	*out = (struct service_place){ .name = arena_copy(r->arena, text) };
	if (slice_int(text, 1, 65535, &port))
		*out = (struct service_place){ .port = (int)port };
	return true;
}

/* listeners = ( 587, "internal" ) */
static int
services_set_listeners(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct service *service = &((struct service_texts *)into)->service;
	enum node_kind kind = node_kind(value->at);
	size_t n = node_count(value->at);
	struct service_place *places = arena_array(r->arena, n + 1,
	    sizeof(*places));

	if (kind == NODE_TEXT || kind == NODE_NUMBER) {
		if (services_read_place(r, value->at, &places[0]))
			service->place_count = 1;
	} else if ((kind != NODE_ARRAY && kind != NODE_LIST) || n == 0) {
		return err_set(e, "expected a list of ports and names of "
		    "listeners, as ( 587, \"internal\" )");
	}
	for (size_t i = 0; i < n; i++)
		if (services_read_place(r, node_member(value->at, i),
			&places[service->place_count]))
			service->place_count++;
	service->places = places;
	return 0;
}

#define FINDS(key, setter)                                      \
	{                                                       \
		.name = #key, .form = FORM_TEXTS,               \
		.set = setter,                                  \
		.offset = offsetof(struct service_texts, find.key), \
	}

static_assert(offsetof(struct service_texts, find) == 0, "find is not first");

static const struct section_key service_keys[KEY_SERVICE_COUNT] = {
	[FIELD_NAMES] = FINDS(names, identity_set_names),
	[FIELD_SUBJECTS] = FINDS(subjects, identity_set_texts),
	[FIELD_ISSUERS] = FINDS(issuers, identity_set_texts),
	[FIELD_FINGERPRINTS] = FINDS(fingerprints, identity_set_fingerprints),
	[FIELD_CERTIFICATES] = FINDS(certificates, certificates_set),
	[FIELD_LOGINS] = FINDS(logins, identity_set_texts),
	[FIELD_CLIENTS] = FINDS(clients, identity_set_clients),
	[KEY_SERVICE_NAME] = { .name = "name", .form = FORM_TEXT,
	    .set = partners_set_name, .required = true,
	    .offset = offsetof(struct service_texts, name) },
	[KEY_SERVICE_LISTENERS] = { .name = "listeners", .form = FORM_ANY,
	    .set = services_set_listeners },
	[KEY_SERVICE_OWNER] = { .name = "owner", .form = FORM_TEXT,
	    .set = field_set_text,
	    .offset = offsetof(struct service_texts, owner) },
	[KEY_SERVICE_CONTACT] = { .name = "contact", .form = FORM_TEXT,
	    .set = field_set_text,
	    .offset = offsetof(struct service_texts, contact) },
	[KEY_SERVICE_INBOUND] = { .name = "inbound", .form = FORM_GROUP },
};

static const struct section service_section = { "a service", service_keys,
	KEY_SERVICE_COUNT, false, rule_section };

const struct section *
services_section(void)
{
	return &service_section;
}

/* The list of groups called name; NODE_NONE when the origin has none. */
static struct node
services_list_of(const struct origin *origin, const char *name)
{
	struct node list = node_key(node_root(origin), name);

	return node_kind(list) == NODE_LIST ? list : NODE_NONE;
}

/* A name that all customers of a provider use proves none of them; where it
 * only finds the service, the rule is for mail of all of them. */
static void
services_review_provider(struct read_context *r, struct node at,
    struct partner *partner, const struct peer_group *find)
{
	const struct demand *demand = &partner->rules[HOP_INBOUND]->demand;
	/* Each list finds by itself: a login does not narrow it down. */
	const struct peer_group names = { .names = find->names,
		.subjects = find->subjects };

	if (!partners_set_provider(r, partner, demand->peers,
		demand->peer_count, at))
		partners_set_provider(r, partner, &names, 1, at);
}

/* Adds a row with this rule to the table, and to the policy's services. */
static void
services_add(struct read_context *r, struct node at,
    const struct service_texts *texts, const struct rule *rule)
{
	struct policy *policy = r->policy;
	struct partner *partner = arena_alloc(r->arena, sizeof(*partner));
	struct rule *copy = arena_alloc(r->arena, sizeof(*copy));
	struct service *service = &policy->services[policy->service_count];
	unsigned index;
	struct place first;
	struct key key;

	*copy = *rule;
	copy->partner = partner;
	*partner = (struct partner){ .name = texts->name,
		.owner = texts->owner, .contact = texts->contact,
		.place = node_place(at), .by_session = true };
	partner->rules[HOP_INBOUND] = copy;
	index = table_add_partner(policy->table, partner);
	partners_add_name(r, at, partner, index);
	*service = texts->service;
	service->find = texts->find;
	service->partner = partner;
	policy->service_count++;
	/* A second one of the name is reported already. */
	if (key_of_service(texts->name, &key))
		table_claim(policy->table, key_slice(&key), index,
		    TABLE_INBOUND, partner->place, &first);
	service->key = arena_copy(r->arena, key_slice(&key));
	services_review_provider(r, at, partner, &texts->find);
}

/* Whether the rule, which asks who it is, does not say so itself. */
static bool
services_asks_for_its_own(const struct draft *rule)
{
	if (rule->rule.demand.level != LEVEL_VERIFY ||
	    rule->rule.demand.any_peer ||
	    node_is_given(rule->field[FIELD_PEERS]))
		return false;
	for (unsigned i = 0; i < FIELD_PEER_COUNT; i++)
		if (node_is_given(rule->field[i]))
			return false;
	return true;
}

/* The rule of a service. With level verify it asks for everything that finds
 * the service, unless it lists something itself. */
static bool
services_read_rule(struct read_context *r, const struct service_texts *texts,
    const struct node *nodes, struct rule *out)
{
	struct draft draft;

	rule_draft(r, nodes[KEY_SERVICE_INBOUND], &draft);
	if (services_asks_for_its_own(&draft)) {
		draft.direct = texts->find;
		for (unsigned i = 0; i < FIELD_PEER_COUNT; i++)
			draft.field[i] = nodes[i];
	}
	return rule_finish(r, &draft, HOP_INBOUND, out);
}

/* Whether a key that finds it is written. One that is empty or wrong has been
 * reported. */
static bool
services_finds_somebody(const struct node *nodes)
{
	for (unsigned i = 0; i < FIELD_PEER_COUNT; i++)
		if (i != FIELD_ISSUERS && node_is_given(nodes[i]))
			return true;
	return node_is_given(nodes[KEY_SERVICE_LISTENERS]);
}

/* Behind a proxy no certificate is known, so whoever comes in there may be a
 * service that is found by one. */
static void
services_review_proxied(struct read_context *r, struct node at,
    const struct service_texts *texts)
{
	const struct settings *settings = &r->policy->settings;
	const struct peer_group *find = &texts->find;

	if (texts->service.place_count > 0 || find->names.count +
	    find->subjects.count + find->fingerprints.count == 0)
		return;
	for (size_t i = 0; i < settings->listener_count; i++)
		if (settings->listeners[i].kind == LISTENER_PROXIED) {
			section_warning(r, at, "a certificate finds this "
			    "service, and behind the proxy (listeners[%zu]) "
			    "none is known: all mail by it waits unless it "
			    "meets the rule. Add listeners, by which the "
			    "service comes in", i);
			return;
		}
}

static void
services_read_one(struct read_context *r, struct node at)
{
	struct service_texts texts = { .name = SLICE_NONE };
	struct node nodes[KEY_SERVICE_COUNT];
	struct rule rule;

	section_read_nodes(r, at, &service_section, &texts, nodes);
	if (!services_finds_somebody(nodes))
		section_error(r, at, "nobody is found by this service: add "
		    "clients, logins, names, subjects, fingerprints, "
		    "certificates or listeners");
	services_review_proxied(r, at, &texts);
	if (!node_is_group(nodes[KEY_SERVICE_INBOUND])) {
		section_error(r, at, "a service without a rule: add inbound");
		return;
	}
	if (services_read_rule(r, &texts, nodes, &rule) &&
	    texts.name.p != NULL)
		services_add(r, at, &texts, &rule);
}

/* Listeners */

/* The name of a listener's row: its own, or made from what it is known by.
 * Absent when that is an address alone. */
static struct slice
services_name_of(struct read_context *r, const struct listener *listener)
{
	if (listener->name.p != NULL)
		return listener->name;
	if (listener->port != 0)
		return slice_of(arena_printf(r->arena, "port-%d",
		    listener->port));
	return listener->daemon_name;
}

/* RFC 3207 section 4. */
static void
services_review_mx(struct read_context *r, struct node at,
    const struct listener *listener, const struct rule *rule)
{
	if (listener->kind == LISTENER_MX && rule->demand.level != LEVEL_NONE &&
	    !rule->acknowledge_rfc3207)
		section_error(r, at, "the rule demands TLS of every stranger "
		    "who comes in by an \"mx\" listener: a public mail server "
		    "must not (RFC 3207 section 4). If this is not one, set as "
		    "= \"submission\" or acknowledge_rfc3207 = true");
}

static void
services_read_listener(struct read_context *r, struct node at,
    const struct listener *listener)
{
	struct node node = node_key(at, "rule");
	struct service_texts texts = { .name = SLICE_NONE };
	struct draft draft;
	struct rule rule;

	if (!node_is_group(node)) {
		if (listener->kind == LISTENER_SUBMISSION &&
		    r->policy->settings.mode == MODE_ENFORCE)
			section_warning(r, at, "nothing is demanded of who "
			    "comes in by this listener: add rule = { level = "
			    "\"encrypt\"; stage = \"log-only\"; }");
		return;
	}
	texts.name = services_name_of(r, listener);
	texts.service.listener = listener;
	rule_draft(r, node, &draft);
	if (!rule_finish(r, &draft, HOP_INBOUND, &rule))
		return;
	services_review_mx(r, node, listener, &rule);
	if (texts.name.p == NULL)
		section_error(r, at, "a listener with a rule needs a name, a "
		    "port or a daemon_name");
	else
		services_add(r, node, &texts, &rule);
}

static void
services_read_listeners(struct read_context *r)
{
	const struct settings *settings = &r->policy->settings;
	struct node list = services_list_of(r->origins, "listeners");
	size_t n = node_count(list);

	/* Only a list that could not be read has another count. */
	for (size_t i = 0; i < n && i < settings->listener_count; i++)
		if (node_is_group(node_member(list, i)))
			services_read_listener(r, node_member(list, i),
			    &settings->listeners[i]);
}

void
services_read(struct read_context *r)
{
	size_t room = node_count(services_list_of(r->origins, "listeners"));

	for (const struct origin *o = r->origins; o != NULL; o = o->next)
		room += node_count(services_list_of(o, "services"));
	r->policy->services = arena_array(r->arena, room,
	    sizeof(struct service));
	for (const struct origin *o = r->origins; o != NULL; o = o->next) {
		struct node list = services_list_of(o, "services");
		size_t n = node_count(list);

		for (size_t i = 0; i < n; i++)
			if (section_is_group(r, node_member(list, i)))
				services_read_one(r, node_member(list, i));
	}
	services_read_listeners(r);
}
