/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <netdb.h>

#include "conf/postfix/postfix_services.h"

/* Where a service listens */

static bool
services_is_loopback(struct slice host)
{
	return slice_starts(host, SLICE("127.")) ||
	    slice_eq(host, SLICE("::1")) ||
	    slice_ieq(host, SLICE("localhost")) ||
	    slice_ieq(host, SLICE("loopback-only"));
}

/* The port of a name, by known_tcp_ports ("smtps=submissions=465") or the
 * host's services; 0: there is none. */
static unsigned short
services_port_named(const struct postfix_reading *r, struct slice name)
{
	struct slice known = postfix_value(r, NULL, "known_tcp_ports").text;
	struct slice word, one, number;
	const struct servent *entry;
	long port;

	while (postfix_next_word(&known, &word)) {
		number = slice_from(word, slice_rfind(word, '=') + 1);
		while (slice_next(&word, '=', &one))
			if (slice_eq(one, name) &&
			    slice_int(number, 1, 65535, &port))
				return (unsigned short)port;
	}
	entry = getservbyname(arena_string(r->arena, name), "tcp");
	return entry == NULL ? 0 : ntohs((uint16_t)entry->s_port);
}

static void
services_set_port(const struct postfix_reading *r, struct slice text,
    struct mta_service *service)
{
	long port;

	if (slice_int(text, 1, 65535, &port))
		service->port = (unsigned short)port;
	else
		service->port = services_port_named(r, text);
	if (service->port == 0)
		mta_unread_add(r->arena, &r->instance->unread, service->name,
		    "%.*s is the name of no port", SLICE_ARGS(text));
}

/* The addresses of a service that names none: inet_interfaces, or none when
 * all interfaces are meant. */
static void
services_set_interfaces(const struct postfix_reading *r,
    struct mta_service *service)
{
	struct mta_list list = postfix_list(postfix_value(r, &service->settings,
	    "inet_interfaces"), POSTFIX_NAMES, r->arena);

	for (size_t i = 0; i < list.name_count; i++)
		if (slice_ieq(list.names[i], SLICE("all")))
			return;
	service->hosts = list.names;
	service->host_count = list.name_count;
}

/* "smtp", "127.0.0.1:10025", "[::1]:smtp" */
static void
services_set_address(const struct postfix_reading *r, struct slice text,
    struct mta_service *service)
{
	size_t colon = slice_rfind(text, ':');
	struct slice host = slice_head(text, colon), *hosts;

	if (colon == text.n) {
		services_set_port(r, text, service);
		services_set_interfaces(r, service);
	} else {
		services_set_port(r, slice_from(text, colon + 1), service);
		if (host.n > 2 && host.p[0] == '[')
			host = slice_from(slice_head(host, host.n - 1), 1);
		hosts = arena_array(r->arena, 1, sizeof(*hosts));
		*hosts = host;
		service->hosts = hosts;
		service->host_count = host.n > 0 ? 1 : 0;
	}
	service->loopback_only = service->host_count > 0;
	for (size_t i = 0; i < service->host_count; i++)
		service->loopback_only = service->loopback_only &&
		    services_is_loopback(service->hosts[i]);
}

/* TLS */

static enum mta_tls_use
services_tls_use(const struct postfix_reading *r,
    const struct mta_settings *own, const char *program)
{
	struct slice level = postfix_value_of(r, own, program,
	    "tls_security_level").text;

	if (slice_eq(level, SLICE("none")))
		return MTA_TLS_OFF;
	if (slice_eq(level, SLICE("may")))
		return MTA_TLS_OFFERED;
	/* smtpd(8) takes the levels of a client as "encrypt". */
	if (level.n > 0)
		return slice_eq(level, SLICE("encrypt")) ||
		    slice_eq(level, SLICE("verify")) ||
		    slice_eq(level, SLICE("secure"))
		    ? MTA_TLS_REQUIRED : MTA_TLS_UNKNOWN;
	if (mta_value_is_yes(postfix_value_of(r, own, program, "enforce_tls")))
		return MTA_TLS_REQUIRED;
	return mta_value_is_yes(postfix_value_of(r, own, program, "use_tls"))
	    ? MTA_TLS_OFFERED : MTA_TLS_OFF;
}

/* Those that are set; "none" stands for no certificate. */
static void
services_set_certificates(const struct postfix_reading *r,
    const struct mta_settings *own, struct mta_server_tls *tls)
{
	static const char *const names[] = { "smtpd_tls_chain_files",
		"smtpd_tls_cert_file", "smtpd_tls_eccert_file",
		"smtpd_tls_dcert_file" };
	struct mta_value *list = NULL;
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct mta_value value = postfix_value(r, own, names[i]);
		struct slice rest = value.text;

		while (postfix_next_word(&rest, &value.text)) {
			if (slice_eq(value.text, SLICE("none")))
				continue;
			list = arena_more(r->arena, list, count,
			    sizeof(*list));
			list[count++] = value;
		}
	}
	tls->certificates = list;
	tls->certificate_count = count;
}

static void
services_set_tls(const struct postfix_reading *r, struct mta_service *service)
{
	const struct mta_settings *own = &service->settings;
	bool screen = service->kind == MTA_SERVICE_SCREEN;
	const char *program = screen ? "postscreen" : "smtpd";
	struct mta_server_tls *tls = &service->tls;

	tls->use = services_tls_use(r, own, program);
	tls->level = postfix_value_of(r, own, program, "tls_security_level");
	tls->wrapper = postfix_value_of(r, own, program, "tls_wrappermode");
	if (!screen && mta_value_is_yes(tls->wrapper))
		tls->use = MTA_TLS_WRAPPER;
	tls->ask_certificate = postfix_value(r, own, "smtpd_tls_ask_ccert");
	tls->require_certificate = postfix_value(r, own,
	    "smtpd_tls_req_ccert");
	tls->ca_file = postfix_value(r, own, "smtpd_tls_CAfile");
	tls->ca_path = postfix_value(r, own, "smtpd_tls_CApath");
	tls->system_ca = postfix_value(r, own, "tls_append_default_CA");
	tls->log_level = postfix_value(r, own, "smtpd_tls_loglevel");
	services_set_certificates(r, own, tls);
}

/* Filters */

struct mta_milters
postfix_milters_of(const struct postfix_reading *r,
    const struct mta_settings *own, const char *name)
{
	const struct mta_milter defaults = {
		.default_action = postfix_value(r, own,
		    "milter_default_action"),
		.connect_timeout = postfix_value(r, own,
		    "milter_connect_timeout"),
		.command_timeout = postfix_value(r, own,
		    "milter_command_timeout"),
		.content_timeout = postfix_value(r, own,
		    "milter_content_timeout"),
		.protocol = postfix_value(r, own, "milter_protocol"),
	};

	return postfix_milters(postfix_value(r, own, name), &defaults,
	    r->arena, &r->instance->unread);
}

/* The line of master.cf with that name and type. */
static const struct postconf_service *
services_line(const struct postconf *p, struct slice name, const char *type)
{
	for (size_t i = 0; i < p->service_count; i++)
		if (slice_eq(p->services[i].service, name) &&
		    slice_eq(p->services[i].type, slice_of(type)))
			return &p->services[i];
	return NULL;
}

/* Mail that does not come by SMTP: cleanup(8) calls the filters, with its own
 * settings. */
static void
services_set_local_milters(const struct postfix_reading *r,
    struct mta_service *service)
{
	struct slice name = postfix_value(r, &service->settings,
	    "cleanup_service_name").text;
	const struct postconf_service *cleanup = services_line(r->postconf,
	    name, "unix");
	struct mta_settings own;

	if (cleanup == NULL) {
		mta_unread_add(r->arena, &r->instance->unread, service->name,
		    "master.cf has no service %.*s/unix, which it hands mail "
		    "to", SLICE_ARGS(name));
		return;
	}
	own = postfix_settings_of(&r->references, cleanup);
	service->milters = postfix_milters_of(r, &own, "non_smtpd_milters");
}

static void
services_set_filters(const struct postfix_reading *r,
    const struct postconf_service *line, struct mta_service *service)
{
	const struct mta_settings *own = &service->settings;

	service->override_options = postfix_value(r, own,
	    "receive_override_options");
	service->content_filter = postfix_value(r, own, "content_filter");
	if (service->kind == MTA_SERVICE_LOCAL ||
	    service->kind == MTA_SERVICE_QMQP) {
		services_set_local_milters(r, service);
		return;
	}
	service->milters = postfix_milters_of(r, own, "smtpd_milters");
	service->milter_maps = postfix_value_list(r, line, postfix_value(r,
	    own, "smtpd_milter_maps"), POSTFIX_TABLES);
	service->proxy_filter = postfix_value(r, own, "smtpd_proxy_filter");
	service->xclient_hosts = postfix_value(r, own,
	    "smtpd_authorized_xclient_hosts");
	service->proxy_protocol = postfix_value(r, own,
	    "smtpd_upstream_proxy_protocol");
}

/* One service */

static bool
services_is_own(const struct mta_service *service, const char *name)
{
	const struct mta_instance none = { .name = NULL };

	return mta_setting(&none, &service->settings, name).name != NULL;
}

static enum mta_purpose
services_purpose(const struct mta_service *service)
{
	if (service->kind == MTA_SERVICE_SCREEN ||
	    service->kind == MTA_SERVICE_HANDED)
		return MTA_PURPOSE_MX;
	if (service->kind != MTA_SERVICE_SMTP)
		return MTA_PURPOSE_SUBMISSION;
	if (service->port == 587 || service->port == 465 ||
	    service->tls.use == MTA_TLS_WRAPPER)
		return MTA_PURPOSE_SUBMISSION;
	if (service->loopback_only && service->content_filter.text.n == 0 &&
	    services_is_own(service, "content_filter"))
		return MTA_PURPOSE_REINJECT;
	if (service->port == 25)
		return MTA_PURPOSE_MX;
	return services_is_own(service, "smtpd_sasl_auth_enable") &&
	    mta_value_is_yes(service->auth) ? MTA_PURPOSE_SUBMISSION
	    : MTA_PURPOSE_UNKNOWN;
}

/* Whether the line is a way in; *kind is written only then. */
static bool
services_kind(const struct postconf_service *line, enum mta_service_kind *kind)
{
	static const struct {
		const char *program;
		enum mta_service_kind kind;
	} ways[] = {
		{ "smtpd", MTA_SERVICE_SMTP },
		{ "postscreen", MTA_SERVICE_SCREEN },
		{ "qmqpd", MTA_SERVICE_QMQP },
		{ "pickup", MTA_SERVICE_LOCAL },
	};

	for (size_t i = 0; i < COUNT_OF(ways); i++)
		if (slice_eq(line->program, slice_of(ways[i].program))) {
			*kind = ways[i].kind;
			if (slice_eq(line->type, SLICE("pass")))
				*kind = MTA_SERVICE_HANDED;
			return true;
		}
	return false;
}

/* A program that listens and may take mail, for all that is known here.
 * spawn(8) runs what smtpd(8) asks for a decision. */
static void
services_note_unknown(const struct postfix_reading *r,
    const struct postconf_service *line)
{
	if (slice_eq(line->type, SLICE("inet")) &&
	    !slice_eq(line->program, SLICE("spawn")))
		mta_unread_add(r->arena, &r->instance->unread, line->name,
		    "it runs %.*s, of which it is not known whether it takes "
		    "mail", SLICE_ARGS(line->program));
}

static void
services_read_one(const struct postfix_reading *r,
    const struct postconf_service *line, struct mta_service *service)
{
	const struct mta_settings *own = &service->settings;

	service->name = line->name;
	service->origin = "master.cf";
	service->chrooted = postfix_is_chrooted(r, line);
	service->settings = postfix_settings_of(&r->references, line);
	if (slice_eq(line->type, SLICE("inet")))
		services_set_address(r, line->service, service);
	else
		service->loopback_only = service->kind != MTA_SERVICE_HANDED;
	if (service->kind == MTA_SERVICE_SCREEN) {
		service->handed_to = arena_printf(r->arena, "%.*s/pass",
		    SLICE_ARGS(postfix_value(r, own,
			"smtpd_service_name").text));
		service->proxy_protocol = postfix_value(r, own,
		    "postscreen_upstream_proxy_protocol");
	} else
		services_set_filters(r, line, service);
	if (service->kind != MTA_SERVICE_LOCAL &&
	    service->kind != MTA_SERVICE_QMQP) {
		services_set_tls(r, service);
		service->auth = postfix_value(r, own,
		    "smtpd_sasl_auth_enable");
		service->auth_tls_only = postfix_value(r, own,
		    "smtpd_tls_auth_only");
	}
	service->purpose = services_purpose(service);
}

void
postfix_services_read(struct postfix_reading *r)
{
	const struct postconf *p = r->postconf;
	struct mta_service *list = arena_array(r->arena, p->service_count + 1,
	    sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < p->service_count; i++)
		if (services_kind(&p->services[i], &list[count].kind))
			services_read_one(r, &p->services[i], &list[count++]);
		else
			services_note_unknown(r, &p->services[i]);
	r->instance->services = list;
	r->instance->service_count = count;
}
