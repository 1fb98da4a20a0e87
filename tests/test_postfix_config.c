/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/folder.h"
#include "tests/postconf_text.h"

static struct arena *arena;             /* of all that is read */

/* The captured text of that version, with one line in place of another; NULL:
 * as it is. */
static struct mta_instance
read_instance(const char *version, const char *from, const char *to)
{
	struct mta_instance instance = { .name = "-" };
	struct slice text;
	char name[128], *source;
	struct err e;

	snprintf(name, sizeof(name), "tests/seeds/postconf/%s", version);
	source = source_text(name);
	text = arena_copy(arena, slice_of(source));
	free(source);
	if (from != NULL) {
		const char *at = strstr(text.p, from);

		if (at == NULL)
			fail_msg("%s has no \"%s\"", version, from);
		text = slice_of(arena_printf(arena, "%.*s%s%s",
		    (int)(at - text.p), text.p, to, at + strlen(from)));
	}
	if (postconf_text_read(text, arena, &instance, &e) < 0)
		fail_msg("%s: %s", version, e.text);
	return instance;
}

static const struct mta_service *
service(const struct mta_instance *instance, const char *name)
{
	const struct mta_service *s = mta_service_named(instance, name);

	if (s == NULL)
		fail_msg("there is no service %s", name);
	return s;
}

static const struct mta_transport *
transport(const struct mta_instance *instance, const char *name)
{
	const struct mta_transport *t = mta_transport_named(instance,
	    slice_of(name));

	if (t == NULL)
		fail_msg("there is no transport %s", name);
	return t;
}

static void
want_value(const char *label, struct mta_value value, const char *text,
    const char *origin)
{
	want_slice(label, value.name, value.text, text);
	want_text(label, "origin", value.origin, origin);
}

/* Debian has mysql in a package of its own. */
static void
want_only_mysql_unread(const char *label, const struct mta_instance *instance)
{
	want_number(label, "something unread", instance->unread.count > 0,
	    true);
	for (size_t i = 0; i < instance->unread.count; i++)
		if (strcmp(instance->unread.list[i].what,
			"proxy:mysql:/etc/postfix/tls.cf") != 0)
			fail_msg("%s: unread: %s: %s", label,
			    instance->unread.list[i].what,
			    instance->unread.list[i].why);
}

static const struct {
	const char *name;
	enum mta_service_kind kind;
	enum mta_purpose purpose;
	unsigned short port;
	bool loopback, chrooted;
	enum mta_tls_use use;
} services[] = {
	{ "smtp/inet", MTA_SERVICE_SCREEN, MTA_PURPOSE_MX, 25, false, true,
	    MTA_TLS_OFFERED },
	{ "smtpd/pass", MTA_SERVICE_HANDED, MTA_PURPOSE_MX, 0, false, true,
	    MTA_TLS_OFFERED },
	{ "127.0.0.1:10025/inet", MTA_SERVICE_SMTP, MTA_PURPOSE_REINJECT,
	    10025, true, false, MTA_TLS_OFFERED },
	{ "submission/inet", MTA_SERVICE_SMTP, MTA_PURPOSE_SUBMISSION, 587,
	    false, true, MTA_TLS_REQUIRED },
	{ "smtps/inet", MTA_SERVICE_SMTP, MTA_PURPOSE_SUBMISSION, 465, false,
	    false, MTA_TLS_WRAPPER },
	{ "[::1]:2525/inet", MTA_SERVICE_SMTP, MTA_PURPOSE_UNKNOWN, 2525,
	    true, false, MTA_TLS_OFFERED },
	{ "628/inet", MTA_SERVICE_QMQP, MTA_PURPOSE_SUBMISSION, 628, false,
	    false, MTA_TLS_UNKNOWN },
	{ "pickup/unix", MTA_SERVICE_LOCAL, MTA_PURPOSE_SUBMISSION, 0, true,
	    true, MTA_TLS_UNKNOWN },
};

static void
every_way_in_is_found(void **state ATTR_UNUSED)
{
	struct mta_instance instance = read_instance("3.7.11", NULL, NULL);

	want_number("services", "count", (long)instance.service_count,
	    COUNT_OF(services));
	for (size_t i = 0; i < COUNT_OF(services); i++) {
		const char *name = services[i].name;
		const struct mta_service *s = service(&instance, name);

		want_number(name, "kind", s->kind, services[i].kind);
		want_number(name, "purpose", s->purpose, services[i].purpose);
		want_number(name, "port", s->port, services[i].port);
		want_number(name, "loopback", s->loopback_only,
		    services[i].loopback);
		want_number(name, "chroot", s->chrooted,
		    services[i].chrooted);
		want_number(name, "TLS", s->tls.use, services[i].use);
	}
	want_text("postscreen", "hands to", service(&instance,
	    "smtp/inet")->handed_to, "smtpd/pass");
	want_slice("IPv6", "host", service(&instance,
	    "[::1]:2525/inet")->hosts[0], "::1");
	want_only_mysql_unread("3.7.11", &instance);
}

static void
milters_are_those_of_the_service(void **state ATTR_UNUSED)
{
	struct mta_instance instance = read_instance("3.7.11", NULL, NULL);
	const struct mta_milters *m;

	m = &service(&instance, "smtpd/pass")->milters;
	want_number("of main.cf", "count", (long)m->count, 2);
	want_slice("of main.cf", "first", m->list[0].endpoint,
	    "unix:/enforcetls/milter.sock");
	want_value("in braces", m->list[0].default_action, "tempfail",
	    "main.cf line 10");
	want_value("in braces, with blanks", m->list[0].command_timeout, "5s",
	    "main.cf line 10");
	want_slice("of main.cf", "second", m->list[1].endpoint,
	    "inet:localhost:8891");
	want_value("without braces", m->list[1].default_action, "accept",
	    "main.cf line 13");
	want_value("without braces", m->list[1].protocol, "6", "default");

	m = &service(&instance, "127.0.0.1:10025/inet")->milters;
	want_number("emptied", "count", (long)m->count, 0);
	want_value("emptied", m->value, "", "master.cf 127.0.0.1:10025/inet");
	m = &service(&instance, "submission/inet")->milters;
	want_value("in braces in master.cf", m->value,
	    "unix:/enforcetls/milter.sock", "master.cf submission/inet");
	/* main.cf has smtpd_milters, and this service what it refers to. */
	m = &service(&instance, "smtps/inet")->milters;
	want_slice("by reference", "first", m->list[0].endpoint,
	    "inet:127.0.0.1:9000");
	want_text("by reference", "origin", m->value.origin,
	    "main.cf line 10, with what master.cf smtps/inet sets");
	/* cleanup(8) calls the filters of local mail. */
	m = &service(&instance, "pickup/unix")->milters;
	want_value("of local mail", m->value, "unix:/run/other.sock",
	    "main.cf line 12");
	want_value("of local mail", m->list[0].default_action, "quarantine",
	    "master.cf cleanup/unix");
	m = &service(&instance, "628/inet")->milters;
	want_slice("of QMQP", "first", m->list[0].endpoint,
	    "unix:/run/other.sock");
}

static void
what_goes_around_a_filter_is_there(void **state ATTR_UNUSED)
{
	struct mta_instance instance = read_instance("3.7.11", NULL, NULL);
	const struct mta_service *s = service(&instance, "submission/inet");

	want_value("no_milters", s->override_options, "no_milters",
	    "master.cf submission/inet");
	want_value("a login", s->auth, "yes", "master.cf submission/inet");
	s = service(&instance, "smtpd/pass");
	want_slice("by client", "table", s->milter_maps.tables[0].name,
	    "cidr:/etc/postfix/nofilter");
	want_text("by client", "asker", s->milter_maps.asker, "smtpd/pass");
	want_number("by client", "chroot", s->milter_maps.chrooted, true);
	want_value("none", s->proxy_filter, "", "default");
	want_value("none", s->proxy_protocol, "", "default");
	s = service(&instance, "[::1]:2525/inet");
	want_value("a proxy", s->proxy_protocol, "haproxy",
	    "master.cf [::1]:2525/inet");
	want_value("who proves a client", s->tls.ask_certificate, "yes",
	    "main.cf line 15");
	want_number("certificates", "count", (long)s->tls.certificate_count,
	    2);
	want_slice("certificates", "second", s->tls.certificates[1].text,
	    "/etc/ssl/chain.pem");
}

static const struct {
	const char *name;
	enum mta_transport_kind kind;
	enum mta_tls_use use;
	size_t policy_maps, fallbacks;
} transports[] = {
	{ "smtp", MTA_TRANSPORT_SMTP, MTA_TLS_OFFERED, 2, 2 },
	{ "relay", MTA_TRANSPORT_SMTP, MTA_TLS_OFFERED, 2, 0 },
	{ "partner", MTA_TRANSPORT_SMTP, MTA_TLS_OFF, 0, 2 },
	{ "smtps465", MTA_TRANSPORT_SMTP, MTA_TLS_WRAPPER, 2, 2 },
	{ "keeper", MTA_TRANSPORT_PROGRAM, MTA_TLS_UNKNOWN, 0, 0 },
	{ "lmtp", MTA_TRANSPORT_LMTP, MTA_TLS_OFF, 0, 0 },
	{ "local", MTA_TRANSPORT_LOCAL, MTA_TLS_UNKNOWN, 0, 0 },
	{ "virtual", MTA_TRANSPORT_LOCAL, MTA_TLS_UNKNOWN, 0, 0 },
	{ "discard", MTA_TRANSPORT_NOWHERE, MTA_TLS_UNKNOWN, 0, 0 },
	{ "error", MTA_TRANSPORT_NOWHERE, MTA_TLS_UNKNOWN, 0, 0 },
};

static void
every_way_out_is_found(void **state ATTR_UNUSED)
{
	struct mta_instance instance = read_instance("3.7.11", NULL, NULL);
	const struct mta_transport *t;

	want_number("transports", "count", (long)instance.transport_count,
	    COUNT_OF(transports));
	for (size_t i = 0; i < COUNT_OF(transports); i++) {
		const char *name = transports[i].name;

		t = transport(&instance, name);
		want_number(name, "kind", t->kind, transports[i].kind);
		want_number(name, "TLS", t->use, transports[i].use);
		want_number(name, "policy maps", (long)t->policy_maps
		    .table_count, (long)transports[i].policy_maps);
		want_number(name, "fallbacks", (long)t->fallback.name_count,
		    (long)transports[i].fallbacks);
	}
	t = transport(&instance, "smtp");
	want_slice("the map", "name", t->policy_maps.tables[0].name,
	    "socketmap:unix:/enforcetls/map.sock:enforcetls");
	want_number("the other map", "by proxy", t->policy_maps.tables[1]
	    .by_proxy, true);
	want_slice("the other map", "type", t->policy_maps.tables[1].type,
	    "mysql");
	want_value("the level", t->level, "dane", "main.cf line 19");
	t = transport(&instance, "relay");
	want_value("its own name", mta_setting(&instance, &t->settings,
	    "syslog_name"), "postfix/relay", "master.cf relay/unix");
}

static const struct mta_route *
route(const struct mta_instance *instance, const char *setting)
{
	for (size_t i = 0; i < instance->route_count; i++)
		if (strcmp(instance->routes[i].list.value.name, setting) == 0)
			return &instance->routes[i];
	fail_msg("there is no route %s", setting);
	return NULL;
}

static void
what_routes_mail_is_found(void **state ATTR_UNUSED)
{
	struct mta_instance instance = read_instance("3.7.11", NULL, NULL);
	const struct mta_route *r = route(&instance, "relayhost");

	/* The later of two lines. */
	want_slice("relayhost", "next hop", r->next_hop,
	    "[smart2.example]:587");
	want_text("relayhost", "origin", r->list.value.origin,
	    "main.cf line 33");
	r = route(&instance, "default_transport");
	want_slice("of trivial-rewrite alone", "transport", r->transport,
	    "partner");
	want_slice("of trivial-rewrite alone", "next hop", r->next_hop,
	    "[all.example]");
	r = route(&instance, "transport_maps");
	want_number("transport_maps", "tables", (long)r->list.table_count, 2);
	want_slice("transport_maps", "second", r->list.tables[1].name,
	    "hash:/etc/postfix/transport");
	want_number("mydestination", "names", (long)instance.domains[0].list
	    .name_count, 3);
	want_slice("mydestination", "second", instance.domains[0].list
	    .names[1], "localhost.corp.example");
	want_number("relay_domains", "names", (long)instance.domains[1].list
	    .name_count, 2);
	want_number("relay_domains", "tables", (long)instance.domains[1].list
	    .table_count, 1);
}

/* What differs between versions is the MTA's own default. */
static void
defaults_are_those_of_the_version(void **state ATTR_UNUSED)
{
	struct mta_instance old = read_instance("3.7.11", NULL, NULL);
	struct mta_instance new = read_instance("3.11.7", NULL, NULL);

	want_slice("3.7", "version", old.version, "3.7.11");
	want_slice("3.11", "version", new.version, "3.11.7");
	want_value("3.11", service(&new, "smtpd/pass")->milters.list[1]
	    .default_action, "shutdown", "default");
	want_value("3.11", transport(&new, "smtp")->level, "may", "default");
	want_number("3.11", "TLS", transport(&new, "smtp")->use,
	    MTA_TLS_OFFERED);
	want_value("3.11", mta_setting(&new, NULL, "requiretls_enable"),
	    "yes", "default");
	assert_null(mta_setting(&old, NULL, "requiretls_enable").name);
	want_only_mysql_unread("3.11.7", &new);
}

static const struct {
	const char *label, *from, *to, *what;
} slips[] = {
	{ "an option that no milter has", "default_action=tempfail",
	    "default_action = tempfail", "smtpd_milters" },
	{ "a line without an equals sign", "recipient_delimiter = +\n",
	    "recipient_delimiter +\n", "main.cf line 32" },
	{ "a service without its fields", "discard   unix  -       -       "
	    "y       -       -       discard", "discard unix - - y",
	    "master.cf line 36" },
	{ "an -o without a value", "-o myhostname=submit.corp.example",
	    "-o myhostname", "submission/inet" },
	{ "a service twice", "lmtp      unix", "smtp      unix",
	    "smtp/unix" },
	{ "a port without a number", "628       inet", "nosuchport inet",
	    "nosuchport/inet" },
	{ "a program that is not Postfix's", "-       -       qmqpd",
	    "-       -       mysmtpd", "628/inet" },
	{ "mail that goes nowhere", "cleanup   unix", "clean     unix",
	    "pickup/unix" },
	{ "what is no table", "hash:/etc/postfix/sender",
	    "/etc/postfix/sender", "sender_dependent_relayhost_maps" },
	{ "main.cf is not what postconf has", "milter_default_action = accept",
	    "milter_default_action = reject", "milter_default_action" },
	{ "a service has what postconf has not", "-o content_filter=\n",
	    "-o content_filter=x\n", "127.0.0.1:10025/inet" },
};

static void
what_cannot_be_read_is_said(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(slips); i++) {
		struct mta_instance instance = read_instance("3.7.11",
		    slips[i].from, slips[i].to);
		bool found = false;

		for (size_t j = 0; j < instance.unread.count; j++)
			found = found || strcmp(instance.unread.list[j].what,
			    slips[i].what) == 0;
		if (!found)
			fail_msg("%s: %s is not said to be unread",
			    slips[i].label, slips[i].what);
	}
}

static const struct {
	const char *line, *name, *config;
	bool enabled;
} lines[] = {
	{ "-               -               y         /etc/postfix", "-",
	    "/etc/postfix", true },
	{ "postfix-out     mta             no        /etc/postfix-out",
	    "postfix-out", "/etc/postfix-out", false },
	{ "- - y", NULL, NULL, false },
	{ "postmulti: nothing", NULL, NULL, false },
};

static void
instances_are_those_of_postmulti(void **state ATTR_UNUSED)
{
	struct mta_instance instance;
	struct err e;

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		int result = postfix_instance_line(slice_of(lines[i].line),
		    arena, &instance, &e);

		want_number(lines[i].line, "result", result,
		    lines[i].name == NULL ? -1 : 0);
		if (result < 0)
			continue;
		want_text(lines[i].line, "name", instance.name,
		    lines[i].name);
		want_text(lines[i].line, "folder", instance.config,
		    lines[i].config);
		want_number(lines[i].line, "enabled", instance.enabled,
		    lines[i].enabled);
	}
}

/* Programs in place of Postfix's */

static const char fake[] =
    "case ${0##*/} in postmulti)\n"
    "	echo \"- - y ${0%/*}\"; echo \"gone - y ${0%/*}/gone\"; exit;;\n"
    "esac\n"
    "sed -n \"/^== $3\\$/,/^== /p\" \"$2/text\" | grep -v '^== '\n";

static void
make_fakes(const struct folder *f)
{
	char *text = source_text("tests/seeds/postconf/3.7.11");
	struct slice whole = slice_of(text), part;

	folder_write_program(f, "postconf", fake);
	folder_write_program(f, "postmulti", fake);
	folder_write_text(f, "text", text);
	part = postconf_section(whole, "main.cf");
	folder_write(f, "main.cf", part.p, part.n);
	part = postconf_section(whole, "master.cf");
	folder_write(f, "master.cf", part.p, part.n);
	free(text);
}

static void
each_instance_is_read_and_one_that_is_gone_is_said(void **state ATTR_UNUSED)
{
	struct folder f;
	char program[256], gone[256];
	struct mta_place place = { .program = program };
	struct mta_config *config;
	struct err e;

	folder_create(&f);
	make_fakes(&f);
	folder_path(&f, "postconf", program);
	folder_path(&f, "gone", gone);
	config = postfix_config_read(&place, &e);
	if (config == NULL)
		fail_msg("%s", e.text);
	want_number("instances", "count", (long)config->instance_count, 1);
	want_text("the one", "folder", config->instances[0].config, f.path);
	want_number("the one", "services", (long)config->instances[0]
	    .service_count, COUNT_OF(services));
	assert_true(mta_config_is_partial(config));
	want_number("the other", "unread", (long)config->unread.count, 1);
	want_text("the other", "what", config->unread.list[0].what, gone);
	mta_config_destroy(&config);
	place.config = gone;
	assert_null(postfix_config_read(&place, &e));
	place.config = NULL;
	place.program = "/nonexistent/postconf";
	assert_null(postfix_config_read(&place, &e));
	folder_remove(&f);
}

static int
set_up(void **state ATTR_UNUSED)
{
	arena = arena_create(1 << 20);
	return 0;
}

static int
take_down(void **state ATTR_UNUSED)
{
	arena_destroy(&arena);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_way_in_is_found),
	cmocka_unit_test(milters_are_those_of_the_service),
	cmocka_unit_test(what_goes_around_a_filter_is_there),
	cmocka_unit_test(every_way_out_is_found),
	cmocka_unit_test(what_routes_mail_is_found),
	cmocka_unit_test(defaults_are_those_of_the_version),
	cmocka_unit_test(what_cannot_be_read_is_said),
	cmocka_unit_test(instances_are_those_of_postmulti),
	cmocka_unit_test(each_instance_is_read_and_one_that_is_gone_is_said),
};

RUN_TESTS_WITH(tests, set_up, take_down)
