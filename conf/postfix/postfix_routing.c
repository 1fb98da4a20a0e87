/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postfix_routing.h"

/* How the value of a route is written. */
enum routing_form {
	ROUTING_TABLES,
	ROUTING_NEXT_HOP,               /* "[host]:port" */
	ROUTING_TRANSPORT               /* "transport:next hop" */
};

/* The programs that read these settings, in order of their names in programs.
 */
enum routing_program { REWRITE, CLEANUP, LOCAL, SMTP, PROGRAMS };

static const char *const programs[PROGRAMS] = {
	[REWRITE] = "trivial-rewrite",
	[CLEANUP] = "cleanup",
	[LOCAL] = "local",
	[SMTP] = "smtp",
};

static const struct {
	const char *name;
	enum mta_route_kind kind;
	enum routing_form form;
	enum routing_program program;
} routes[] = {
	{ "transport_maps", MTA_ROUTE_TABLE, ROUTING_TABLES, REWRITE },
	{ "sender_dependent_default_transport_maps", MTA_ROUTE_SENDER_TABLE,
	    ROUTING_TABLES, REWRITE },
	{ "sender_dependent_relayhost_maps", MTA_ROUTE_SENDER_TABLE,
	    ROUTING_TABLES, REWRITE },
	{ "relayhost", MTA_ROUTE_RELAYHOST, ROUTING_NEXT_HOP, REWRITE },
	{ "default_transport", MTA_ROUTE_DEFAULT, ROUTING_TRANSPORT, REWRITE },
	{ "relay_transport", MTA_ROUTE_RELAY, ROUTING_TRANSPORT, REWRITE },
	{ "local_transport", MTA_ROUTE_LOCAL, ROUTING_TRANSPORT, REWRITE },
	{ "mailbox_transport_maps", MTA_ROUTE_LOCAL, ROUTING_TABLES, LOCAL },
	{ "mailbox_transport", MTA_ROUTE_LOCAL, ROUTING_TRANSPORT, LOCAL },
	{ "virtual_transport", MTA_ROUTE_VIRTUAL, ROUTING_TRANSPORT, REWRITE },
	/* That of main.cf; each service has its own. */
	{ "content_filter", MTA_ROUTE_CONTENT_FILTER, ROUTING_TRANSPORT,
	    PROGRAMS },
	{ "fallback_transport_maps", MTA_ROUTE_FALLBACK, ROUTING_TABLES,
	    LOCAL },
	{ "fallback_transport", MTA_ROUTE_FALLBACK, ROUTING_TRANSPORT, LOCAL },
};

static const struct {
	const char *name;
	enum mta_domain_class class;
} domains[] = {
	{ "mydestination", MTA_DOMAINS_LOCAL },
	{ "relay_domains", MTA_DOMAINS_RELAYED },
	{ "virtual_alias_domains", MTA_DOMAINS_VIRTUAL_ALIAS },
	{ "virtual_mailbox_domains", MTA_DOMAINS_VIRTUAL_MAILBOX },
};

static const struct {
	const char *name;
	enum mta_rewriting_kind kind;
	enum postfix_list list;
	enum routing_program program;
} rewritings[] = {
	{ "canonical_maps", MTA_REWRITES_CANONICAL, POSTFIX_TABLES, CLEANUP },
	{ "sender_canonical_maps", MTA_REWRITES_CANONICAL, POSTFIX_TABLES,
	    CLEANUP },
	{ "recipient_canonical_maps", MTA_REWRITES_CANONICAL, POSTFIX_TABLES,
	    CLEANUP },
	{ "virtual_alias_maps", MTA_REWRITES_VIRTUAL, POSTFIX_TABLES,
	    CLEANUP },
	{ "alias_maps", MTA_REWRITES_ALIAS, POSTFIX_TABLES, LOCAL },
	{ "always_bcc", MTA_REWRITES_BCC, POSTFIX_NAMES, CLEANUP },
	{ "sender_bcc_maps", MTA_REWRITES_BCC, POSTFIX_TABLES, CLEANUP },
	{ "recipient_bcc_maps", MTA_REWRITES_BCC, POSTFIX_TABLES, CLEANUP },
	{ "smtp_generic_maps", MTA_REWRITES_GENERIC, POSTFIX_TABLES, SMTP },
	{ "relocated_maps", MTA_REWRITES_RELOCATED, POSTFIX_TABLES, REWRITE },
};

/* The first service of each program, and what it has of its own. */
struct routing_askers {
	const struct postconf_service *line[PROGRAMS];  /* NULL: none */
	struct mta_settings own[PROGRAMS];
};

static void
routing_find_askers(const struct postfix_reading *r,
    struct routing_askers *askers)
{
	const struct postconf *p = r->postconf;

	*askers = (struct routing_askers){ .line = { NULL } };
	for (size_t i = 0; i < p->service_count; i++)
		for (int j = 0; j < PROGRAMS; j++)
			if (askers->line[j] == NULL &&
			    slice_eq(p->services[i].program,
				slice_of(programs[j]))) {
				askers->line[j] = &p->services[i];
				askers->own[j] = postfix_settings_of(
				    &r->references, &p->services[i]);
			}
}

/* The setting as that program finds it, as a list. */
static struct mta_list
routing_list(const struct postfix_reading *r,
    const struct routing_askers *askers, enum routing_program program,
    const char *name, enum postfix_list kind)
{
	bool any = program == PROGRAMS;

	return postfix_value_list(r, any ? NULL : askers->line[program],
	    postfix_value(r, any ? NULL : &askers->own[program], name), kind);
}

static void
routing_read_route(const struct postfix_reading *r,
    const struct routing_askers *askers, size_t i, struct mta_route *route)
{
	struct slice text;

	route->kind = routes[i].kind;
	route->list = routing_list(r, askers, routes[i].program,
	    routes[i].name, routes[i].form == ROUTING_TABLES ? POSTFIX_TABLES
	    : POSTFIX_NAMES);
	text = route->list.value.text;
	if (routes[i].form == ROUTING_NEXT_HOP)
		route->next_hop = text;
	else if (routes[i].form == ROUTING_TRANSPORT)
		postfix_split_route(text, &route->transport,
		    &route->next_hop);
}

void
postfix_routing_read(struct postfix_reading *r)
{
	struct mta_instance *instance = r->instance;
	struct routing_askers askers;
	struct mta_route *route = arena_array(r->arena, COUNT_OF(routes),
	    sizeof(*route));
	struct mta_domains *class = arena_array(r->arena, COUNT_OF(domains),
	    sizeof(*class));
	struct mta_rewriting *rewriting = arena_array(r->arena,
	    COUNT_OF(rewritings), sizeof(*rewriting));

	routing_find_askers(r, &askers);
	for (size_t i = 0; i < COUNT_OF(routes); i++)
		routing_read_route(r, &askers, i, &route[i]);
	for (size_t i = 0; i < COUNT_OF(domains); i++)
		class[i] = (struct mta_domains){ domains[i].class,
			routing_list(r, &askers, REWRITE, domains[i].name,
			    POSTFIX_NAMES_AND_TABLES) };
	for (size_t i = 0; i < COUNT_OF(rewritings); i++)
		rewriting[i] = (struct mta_rewriting){ rewritings[i].kind,
			routing_list(r, &askers, rewritings[i].program,
			    rewritings[i].name, rewritings[i].list) };
	instance->routes = route;
	instance->route_count = COUNT_OF(routes);
	instance->domains = class;
	instance->domains_count = COUNT_OF(domains);
	instance->rewritings = rewriting;
	instance->rewriting_count = COUNT_OF(rewritings);
}

/* The tables of all lists */

struct routing_uses {
	struct arena *arena;            /* borrows */
	struct mta_table_use *list;     /* in the arena */
	size_t count;
};

static void
routing_add_uses(struct routing_uses *uses, const struct mta_list *list)
{
	for (size_t i = 0; i < list->table_count; i++) {
		uses->list = arena_more(uses->arena, uses->list, uses->count,
		    sizeof(*uses->list));
		uses->list[uses->count++] = (struct mta_table_use){
			list->tables[i], list->value, list->asker,
			list->chrooted };
	}
}

void
postfix_tables_read(struct postfix_reading *r)
{
	struct mta_instance *instance = r->instance;
	struct routing_uses uses = { .arena = r->arena };

	for (size_t i = 0; i < instance->route_count; i++)
		routing_add_uses(&uses, &instance->routes[i].list);
	for (size_t i = 0; i < instance->domains_count; i++)
		routing_add_uses(&uses, &instance->domains[i].list);
	for (size_t i = 0; i < instance->rewriting_count; i++)
		routing_add_uses(&uses, &instance->rewritings[i].list);
	for (size_t i = 0; i < instance->service_count; i++)
		routing_add_uses(&uses, &instance->services[i].milter_maps);
	for (size_t i = 0; i < instance->transport_count; i++) {
		routing_add_uses(&uses, &instance->transports[i].policy_maps);
		routing_add_uses(&uses, &instance->transports[i].per_site);
	}
	instance->tables = uses.list;
	instance->table_count = uses.count;
}
