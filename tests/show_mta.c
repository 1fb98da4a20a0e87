/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * show_mta - prints the configuration of an instance of Postfix as it is read
 *
 *     tests/show_mta FOLDER        what struct mta_config has
 *
 * For the scenarios on a real Postfix, and for a look at it.
 */
#include "config.h"

#include <time.h>

#include "conf/postfix/postfix_config.h"

static void
show_value(const char *label, struct mta_value value)
{
	if (value.name == NULL)
		printf("  %s: none\n", label);
	else
		printf("  %s: %s = %.*s (%s)\n", label, value.name,
		    SLICE_ARGS(value.text), value.origin);
}

static void
show_list(const char *label, const struct mta_list *list)
{
	show_value(label, list->value);
	for (size_t i = 0; i < list->table_count; i++)
		printf("    table %.*s type %.*s%s%s\n",
		    SLICE_ARGS(list->tables[i].name),
		    SLICE_ARGS(list->tables[i].type),
		    list->tables[i].by_proxy ? " by proxy" : "",
		    list->tables[i].inverted ? " inverted" : "");
	for (size_t i = 0; i < list->name_count; i++)
		printf("    name %.*s\n", SLICE_ARGS(list->names[i]));
}

static void
show_own(const struct mta_settings *own)
{
	for (size_t i = 0; i < own->count; i++)
		show_value("own", own->list[i]);
}

static void
show_milters(const struct mta_milters *milters)
{
	show_value("milters", milters->value);
	for (size_t i = 0; i < milters->count; i++) {
		const struct mta_milter *m = &milters->list[i];

		printf("    milter %.*s action %.*s (%s) command %.*s "
		    "protocol %.*s\n", SLICE_ARGS(m->endpoint),
		    SLICE_ARGS(m->default_action.text),
		    m->default_action.origin,
		    SLICE_ARGS(m->command_timeout.text),
		    SLICE_ARGS(m->protocol.text));
	}
}

static void
show_service(const struct mta_service *s)
{
	static const char *const kinds[] = { "smtp", "screen", "handed",
		"qmqp", "local" };
	static const char *const purposes[] = { "unknown", "mx", "submission",
		"reinject" };

	printf("service %s: %s for %s port %u%s%s%s%s\n", s->name,
	    kinds[s->kind], purposes[s->purpose], (unsigned)s->port,
	    s->loopback_only ? " loopback" : "",
	    s->chrooted ? " chrooted" : "",
	    s->handed_to != NULL ? " to " : "",
	    s->handed_to != NULL ? s->handed_to : "");
	for (size_t i = 0; i < s->host_count; i++)
		printf("    host %.*s\n", SLICE_ARGS(s->hosts[i]));
	show_own(&s->settings);
	show_milters(&s->milters);
	printf("  tls use: %d\n", (int)s->tls.use);
	show_value("level", s->tls.level);
	show_value("ask", s->tls.ask_certificate);
	show_value("ca", s->tls.ca_file);
	for (size_t i = 0; i < s->tls.certificate_count; i++)
		show_value("certificate", s->tls.certificates[i]);
	show_value("auth", s->auth);
	show_value("override", s->override_options);
	show_list("milter maps", &s->milter_maps);
	show_value("proxy filter", s->proxy_filter);
	show_value("content filter", s->content_filter);
	show_value("xclient", s->xclient_hosts);
	show_value("proxy protocol", s->proxy_protocol);
}

static void
show_transport(const struct mta_transport *t)
{
	static const char *const kinds[] = { "smtp", "lmtp", "program",
		"local", "nowhere", "other" };

	printf("transport %s: %s%s\n", t->name, kinds[t->kind],
	    t->chrooted ? " chrooted" : "");
	show_own(&t->settings);
	if (t->level.name == NULL)
		return;
	printf("  tls use: %d\n", (int)t->use);
	show_value("level", t->level);
	show_list("policy", &t->policy_maps);
	show_list("fallback", &t->fallback);
}

static void
show_routing(const struct mta_instance *instance)
{
	for (size_t i = 0; i < instance->route_count; i++) {
		const struct mta_route *r = &instance->routes[i];

		printf("route %d transport \"%.*s\" next hop \"%.*s\"\n",
		    (int)r->kind, SLICE_ARGS(r->transport),
		    SLICE_ARGS(r->next_hop));
		show_list("value", &r->list);
	}
	for (size_t i = 0; i < instance->domains_count; i++)
		show_list("domains", &instance->domains[i].list);
	for (size_t i = 0; i < instance->rewriting_count; i++)
		show_list("rewriting", &instance->rewritings[i].list);
}

static void
show_instance(const struct mta_instance *instance)
{
	printf("instance %s %s Postfix %.*s running %d%s\n", instance->name,
	    instance->config, SLICE_ARGS(instance->version),
	    (int)instance->process.running,
	    instance->process.outdated ? " outdated" : "");
	show_value("host", instance->host_name);
	show_value("owner", instance->mail_owner);
	show_value("queue", instance->queue_folder);
	show_value("log", instance->log_file);
	for (size_t i = 0; i < instance->service_count; i++)
		show_service(&instance->services[i]);
	for (size_t i = 0; i < instance->transport_count; i++)
		show_transport(&instance->transports[i]);
	show_routing(instance);
	printf("tables %zu\n", instance->table_count);
	for (size_t i = 0; i < instance->unread.count; i++)
		printf("unread %s: %s\n", instance->unread.list[i].what,
		    instance->unread.list[i].why);
}

static int
show_config(const char *folder)
{
	const struct mta_place place = { .config = folder };
	struct mta_config *config;
	struct timespec begin, end;
	struct err e;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	config = postfix_config_read(&place, &e);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (config == NULL) {
		fprintf(stderr, "show_mta: %s\n", e.text);
		return 2;
	}
	for (size_t i = 0; i < config->instance_count; i++)
		show_instance(&config->instances[i]);
	fprintf(stderr, "%zu services and %zu transports in %.2f s\n",
	    config->instances[0].service_count,
	    config->instances[0].transport_count,
	    (double)(end.tv_sec - begin.tv_sec) +
	    (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	mta_config_destroy(&config);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 2)
		return show_config(argv[1]);
	fprintf(stderr, "usage: show_mta FOLDER\n");
	return 2;
}
