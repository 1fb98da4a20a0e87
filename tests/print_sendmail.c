/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_sendmail SENDMAIL CF [TABLE | key MAP KEY | route ADDRESS]
 *
 * Prints the model of a Sendmail, a value a line: its place, the value, where
 * it is set, with tabs between. With a table as the model has it, prints its
 * entries instead; or what a map returns for a key; or where mail for an
 * address goes. For tests/mta.
 */
#include "config.h"

#include "conf/sendmail/sendmail_ask.h"
#include "conf/sendmail/sendmail_config.h"
#include "conf/sendmail/sendmail_entries.h"
#include "policy/base/text.h"

/* Prints a value whose place ends with its own name, if it has one. */
static void
print_value(const char *place, const char *part, const struct mta_value *v)
{
	if (v->name != NULL)
		printf("%s.%s\t%.*s\t%s\n", place, part, SLICE_ARGS(v->text),
		    v->origin);
}

static void
print_text(const char *place, const char *part, struct slice text,
    const char *origin)
{
	printf("%s.%s\t%.*s\t%s\n", place, part, SLICE_ARGS(text), origin);
}

static void
print_number(const char *place, const char *part, long number)
{
	printf("%s.%s\t%ld\t-\n", place, part, number);
}

static void
print_list(const char *place, const char *part, const struct mta_list *list)
{
	print_value(place, part, &list->value);
	for (size_t i = 0; i < list->table_count; i++)
		printf("%s.%s.table.%zu\t%.*s\t-\n", place, part, i,
		    SLICE_ARGS(list->tables[i].name));
	for (size_t i = 0; i < list->name_count; i++)
		printf("%s.%s.has.%.*s\tyes\t-\n", place, part,
		    SLICE_ARGS(list->names[i]));
}

static void
print_settings(const char *place, const struct mta_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		print_value(place, settings->list[i].name, &settings->list[i]);
}

static void
print_milters(const char *place, const struct mta_milters *milters)
{
	char at[288];              /* place, and the rest */

	print_value(place, "milters", &milters->value);
	for (size_t i = 0; i < milters->count; i++) {
		const struct mta_milter *m = &milters->list[i];

		snprintf(at, sizeof(at), "%s.milter.%zu", place, i);
		print_text(at, "name", slice_of(m->name), "-");
		print_text(at, "endpoint", m->endpoint, "-");
		print_value(at, "action", &m->default_action);
		print_value(at, "connect", &m->connect_timeout);
		print_value(at, "command", &m->command_timeout);
		print_value(at, "content", &m->content_timeout);
	}
}

static void
print_service(const char *place, const struct mta_service *s)
{
	char at[256];

	snprintf(at, sizeof(at), "%s.service.%s", place, s->name);
	print_text(at, "at", slice_of(s->name), s->origin);
	print_number(at, "kind", s->kind);
	print_number(at, "purpose", s->purpose);
	print_number(at, "port", s->port);
	print_number(at, "loopback", s->loopback_only);
	for (size_t i = 0; i < s->host_count; i++)
		print_text(at, "host", s->hosts[i], "-");
	print_settings(at, &s->settings);
	print_milters(at, &s->milters);
	print_number(at, "tls", s->tls.use);
	print_value(at, "wrapper", &s->tls.wrapper);
	print_value(at, "asks", &s->tls.ask_certificate);
	print_value(at, "ca_file", &s->tls.ca_file);
	print_value(at, "ca_path", &s->tls.ca_path);
	print_value(at, "log_level", &s->tls.log_level);
	for (size_t i = 0; i < s->tls.certificate_count; i++)
		print_value(at, "certificate", &s->tls.certificates[i]);
	print_value(at, "auth", &s->auth);
	print_value(at, "auth_tls_only", &s->auth_tls_only);
}

static void
print_transport(const char *place, const struct mta_transport *t)
{
	char at[256];

	snprintf(at, sizeof(at), "%s.transport.%s", place, t->name);
	print_text(at, "program", t->program, t->origin);
	print_number(at, "kind", t->kind);
	print_number(at, "tls", t->use);
	print_value(at, "level", &t->level);
	print_value(at, "port", &t->port);
	print_list(at, "policy", &t->policy_maps);
	print_value(at, "dns", &t->dns_support);
	print_list(at, "fallback", &t->fallback);
}

static void
print_routing(const char *place, const struct mta_instance *in)
{
	char part[64];

	for (size_t i = 0; i < in->route_count; i++) {
		snprintf(part, sizeof(part), "route.%d", in->routes[i].kind);
		print_list(place, part, &in->routes[i].list);
		snprintf(part, sizeof(part), "route.%d.transport",
		    in->routes[i].kind);
		print_text(place, part, in->routes[i].transport, "-");
		snprintf(part, sizeof(part), "route.%d.hop",
		    in->routes[i].kind);
		print_text(place, part, in->routes[i].next_hop, "-");
	}
	for (size_t i = 0; i < in->domains_count; i++)
		print_list(place, in->domains[i].list.value.name,
		    &in->domains[i].list);
	for (size_t i = 0; i < in->rewriting_count; i++) {
		snprintf(part, sizeof(part), "rewriting.%d",
		    in->rewritings[i].kind);
		print_list(place, part, &in->rewritings[i].list);
	}
	for (size_t i = 0; i < in->table_count; i++)
		print_text(place, in->tables[i].value.name,
		    in->tables[i].table.name, in->tables[i].value.origin);
}

static void
print_instance(const struct mta_instance *in)
{
	const char *place = in->name;

	print_text(place, "config", slice_of(in->config), "-");
	print_text(place, "version", in->version, "-");
	print_number(place, "running", in->process.running);
	print_number(place, "outdated", in->process.outdated);
	print_value(place, "host", &in->host_name);
	print_value(place, "owner", &in->mail_owner);
	print_value(place, "queue", &in->queue_folder);
	print_value(place, "tag", &in->log_tag);
	print_settings(place, &in->settings);
	for (size_t i = 0; i < in->service_count; i++)
		print_service(place, &in->services[i]);
	for (size_t i = 0; i < in->transport_count; i++)
		print_transport(place, &in->transports[i]);
	print_routing(place, in);
	for (size_t i = 0; i < in->unread.count; i++)
		printf("%s.unread\t%s\t%s\n", place, in->unread.list[i].what,
		    in->unread.list[i].why);
}

static int
print_entry(void *data, struct slice key, struct slice value,
    struct err *e ATTR_UNUSED)
{
	++*(size_t *)data;
	printf("entry.%.*s\t%.*s\t-\n", SLICE_ARGS(key), SLICE_ARGS(value));
	return 0;
}

static int
print_table(const char *sendmail, const char *cf, const char *table)
{
	struct arena *a = arena_create(1024);
	const char *makemap = sendmail_entries_makemap(a, sendmail);
	size_t count = 0;
	struct err e;
	int result = sendmail_entries(makemap, cf, slice_of(table),
	    print_entry, &count, &e);

	if (result < 0)
		printf("failed\t%s\t-\n", e.text);
	arena_destroy(&a);
	return result < 0 ? 1 : 0;
}

/* Puts a question, which is NULL when it cannot be asked. */
static int
print_answer(char **argv, const char *question, bool route, struct arena *a)
{
	struct slice value = SLICE(""), host = SLICE("");
	enum sendmail_found found;
	struct sendmail_said said;
	struct err e;

	if (question == NULL) {
		printf("answer\tcannot be asked\t-\n");
		return 1;
	}
	if (sendmail_ask(argv[1], argv[2], &question, 1, a, &said, &e) < 0) {
		printf("answer\t%s\t-\n", e.text);
		return 1;
	}
	found = route ? sendmail_ask_hop(said.answers, &value, &host)
	    : sendmail_ask_value(said.answers, &value);
	if (found == SENDMAIL_FOUND)
		printf("answer\tfound %.*s%s%.*s\t-\n", SLICE_ARGS(value),
		    route ? " " : "", SLICE_ARGS(host));
	else
		printf("answer\t%s\t-\n", found == SENDMAIL_ABSENT ? "absent"
		    : "unknown");
	return 0;
}

static int
print_question(int argc, char **argv)
{
	struct arena *a = arena_create(1024);
	bool route = argc == 5;
	const char *question = route
	    ? sendmail_ask_route(a, slice_of(argv[4]))
	    : sendmail_ask_key(a, slice_of(argv[4]), slice_of(argv[5]));
	int status = print_answer(argv, question, route, a);

	arena_destroy(&a);
	return status;
}

int
main(int argc, char **argv)
{
	struct mta_place place = { .program = NULL };
	struct mta_config *config;
	struct err e;

	if (argc == 5 || argc == 6)
		return print_question(argc, argv);
	if (argc == 4)
		return print_table(argv[1], argv[2], argv[3]);
	if (argc != 3) {
		fprintf(stderr, "usage: print_sendmail SENDMAIL CF [TABLE|...]\n");
		return 2;
	}
	place.program = argv[1];
	place.config = argv[2];
	config = sendmail_config_read(&place, &e);
	if (config == NULL) {
		printf("failed\t%s\t-\n", e.text);
		return 1;
	}
	for (size_t i = 0; i < config->instance_count; i++)
		print_instance(&config->instances[i]);
	mta_config_destroy(&config);
	return 0;
}
