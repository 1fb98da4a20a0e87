/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/sendmail/sendmail_outward.h"

/* Rulesets by which a connection to a server is accepted or refused, in the
 * order in which they are called. Their maps are its policy by next hop. */
static const char *const policies[] = { "try_tls", "tls_server",
	"Local_tls_rcpt", "tls_rcpt" };

/* Maps of the rules that compute, and look nothing up. */
static bool
outward_computes(const struct sendmail_map *map)
{
	static const char *const types[] = { "arith", "macro", "dequote",
		"regex", "null", "syslog", "stab" };

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (slice_eq(map->type, slice_of(types[i])))
			return true;
	return false;
}

static bool
outward_has_table(const struct mta_list *list, struct slice name)
{
	for (size_t i = 0; i < list->table_count; i++)
		if (slice_eq(list->tables[i].name, name))
			return true;
	return false;
}

static struct mta_list
outward_policy_maps(const struct sendmail_reading *r)
{
	struct mta_table *tables = arena_array(r->arena, r->cf->map_count + 1,
	    sizeof(*tables));
	struct mta_list list = { .tables = tables };
	unsigned first = 0;

	for (size_t p = 0; p < COUNT_OF(policies); p++)
		for (size_t i = 0; i < r->cf->map_count; i++) {
			const struct sendmail_map *map = &r->cf->maps[i];
			struct mta_table table;
			unsigned line;

			if (outward_computes(map) || !sendmail_cf_looks_up(
			    r->cf, policies[p], arena_string(r->arena,
			    map->name), &line))
				continue;
			table = sendmail_reading_table(r, map);
			if (outward_has_table(&list, table.name))
				continue;
			first = first == 0 ? line : first;
			tables[list.table_count++] = table;
		}
	list.value = sendmail_reading_value(r, "tls_rcpt",
	    (struct sendmail_value){ first == 0 ? SLICE_NONE : SLICE("rules"),
		first }, "");
	return list;
}

static struct mta_list
outward_names(const struct sendmail_reading *r, struct mta_value value)
{
	struct mta_list list = { .value = value };
	struct slice rest = value.text, name, *names = NULL;

	while (slice_next(&rest, ':', &name)) {
		name = slice_trim(name);
		if (name.n == 0)
			continue;
		names = arena_more(r->arena, names, list.name_count,
		    sizeof(*names));
		names[list.name_count++] = name;
	}
	list.names = names;
	return list;
}

static enum mta_transport_kind
outward_kind(const struct sendmail_mailer *m)
{
	if (slice_ieq(m->name, SLICE("local")))
		return m->is_smtp ? MTA_TRANSPORT_LMTP : MTA_TRANSPORT_LOCAL;
	if (m->is_smtp)
		return slice_find(m->flags, 'z') < m->flags.n
		    ? MTA_TRANSPORT_LMTP : MTA_TRANSPORT_SMTP;
	if (slice_eq(m->path, SLICE("[IPC]")))
		return MTA_TRANSPORT_LMTP;
	if (slice_eq(m->path, SLICE("[FILE]")))
		return MTA_TRANSPORT_LOCAL;
	return *m->path.p == '/' ? MTA_TRANSPORT_PROGRAM : MTA_TRANSPORT_OTHER;
}

/* Without the modifier S a client uses STARTTLS where it is offered. */
static enum mta_tls_use
outward_use(const struct sendmail_reading *r, struct mta_value *level)
{
	*level = sendmail_reading_value(r, "ClientPortOptions",
	    (struct sendmail_value){ SLICE_NONE, 0 }, "");
	for (size_t i = 0; i < r->cf->client_count; i++) {
		const struct sendmail_daemon *c = &r->cf->clients[i];

		if (!sendmail_service_has(c, 'S'))
			continue;
		*level = sendmail_reading_value(r, "ClientPortOptions",
		    (struct sendmail_value){ SLICE("M=S"), c->line }, "");
		return MTA_TLS_OFF;
	}
	return MTA_TLS_OFFERED;
}

static void
outward_read_mailer(const struct sendmail_reading *r,
    const struct sendmail_mailer *m, const struct mta_transport *common,
    struct mta_transport *out)
{
	enum mta_transport_kind kind = outward_kind(m);

	if (kind == MTA_TRANSPORT_SMTP)
		*out = *common;
	out->name = arena_string(r->arena, m->name);
	out->origin = sendmail_reading_origin(r, m->line);
	out->kind = kind;
	out->program = m->path;
	if (m->is_smtp)
		out->port = sendmail_reading_value(r, "A",
		    (struct sendmail_value){ m->port, m->line }, "25");
}

/* What all mailers over SMTP share. */
static struct mta_transport
outward_common(const struct sendmail_reading *r)
{
	struct mta_transport common = { .name = NULL };

	common.use = outward_use(r, &common.level);
	common.policy_maps = outward_policy_maps(r);
	common.dns_support = sendmail_reading_option(r, "DANE", "false");
	common.ca_file = sendmail_reading_option(r, "CACertFile", "");
	common.ca_path = sendmail_reading_option(r, "CACertPath", "");
	common.fallback = outward_names(r, sendmail_reading_option(r,
	    "FallbackMXhost", ""));
	common.log_level = sendmail_reading_option(r, "LogLevel", "9");
	return common;
}

static void
outward_read_mailers(const struct sendmail_reading *r)
{
	struct mta_transport *list = arena_array(r->arena,
	    r->cf->mailer_count + 1, sizeof(*list));
	struct mta_transport common = outward_common(r);
	size_t count = 0;

	for (size_t i = 0; i < r->cf->mailer_count; i++) {
		const struct sendmail_mailer *m = &r->cf->mailers[i];

		/* A later line of a name replaces the mailer. */
		if (sendmail_cf_mailer(r->cf, m->name) == m)
			outward_read_mailer(r, m, &common, &list[count++]);
	}
	r->instance->transports = list;
	r->instance->transport_count = count;
	if (count == 0)
		mta_unread_add(r->arena, &r->instance->unread, "the mailers",
		    "%s has no M line that Sendmail takes", r->file);
}

/* "mailer:host" or "host"; the mailer without a name is the rules' choice. */
static void
outward_split(struct mta_route *route)
{
	struct slice text = route->list.value.text;
	size_t colon = slice_find(text, ':');

	route->transport = route->next_hop = SLICE("");
	if (colon < text.n && *text.p != '[') {
		route->transport = slice_head(text, colon);
		route->next_hop = slice_from(text, colon + 1);
	} else
		route->next_hop = text;
}

static const struct {
	enum mta_route_kind kind;
	const char *macro;
} by_macro[] = {
	{ MTA_ROUTE_RELAYHOST, "S" },   /* SMART_HOST */
	{ MTA_ROUTE_LOCAL, "H" },       /* MAIL_HUB */
	{ MTA_ROUTE_LOCAL, "R" },       /* LOCAL_RELAY */
	{ MTA_ROUTE_LOCAL, "L" },       /* LUSER_RELAY */
	{ MTA_ROUTE_DEFAULT, "MTAHost" },       /* FEATURE(msp) */
};

/* Asked for a host that no other way leads to. */
static struct mta_route
outward_last_resort(const struct sendmail_reading *r)
{
	struct mta_route route = { .kind = MTA_ROUTE_FALLBACK,
		.transport = SLICE("") };

	route.list = outward_names(r, sendmail_reading_option(r,
	    "FallbackSmartHost", ""));
	route.next_hop = route.list.value.text;
	return route;
}

/* Those that are set. */
void
sendmail_outward_read(const struct sendmail_reading *r)
{
	struct mta_route *list = arena_array(r->arena,
	    COUNT_OF(by_macro) + 2, sizeof(*list));
	size_t count = 0;

	outward_read_mailers(r);
	list[count] = (struct mta_route){ .kind = MTA_ROUTE_TABLE,
		.list = sendmail_reading_map(r, "mailertable"),
		.transport = SLICE(""), .next_hop = SLICE("") };
	count += list[count].list.table_count;
	for (size_t i = 0; i < COUNT_OF(by_macro); i++) {
		struct mta_route *route = &list[count];

		route->kind = by_macro[i].kind;
		route->list.value = sendmail_reading_macro(r,
		    by_macro[i].macro);
		outward_split(route);
		if (route->list.value.text.n > 0)
			count++;
	}
	list[count] = outward_last_resort(r);
	if (list[count].list.name_count > 0)
		count++;
	r->instance->routes = list;
	r->instance->route_count = count;
}
