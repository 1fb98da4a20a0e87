/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <netdb.h>

#include "conf/sendmail/sendmail_inward.h"

/* A port's number; 0: it has none. */
static unsigned short
inward_port(const struct sendmail_reading *r, struct slice port)
{
	struct servent found, *service = NULL;
	char buffer[1024];
	long number;

	if (port.p == NULL)
		return 25;
	if (slice_int(port, 1, 65535, &number))
		return (unsigned short)number;
	getservbyname_r(arena_string(r->arena, port), "tcp", &found, buffer,
	    sizeof(buffer), &service);
	return service == NULL ? 0 : ntohs((uint16_t)service->s_port);
}

static bool
inward_is_loopback(struct slice address)
{
	struct slice tag = SLICE("IPv6:");

	if (slice_istarts(address, tag))
		address = slice_from(address, tag.n);
	return slice_starts(address, SLICE("127.")) ||
	    slice_eq(address, SLICE("::1")) ||
	    slice_ieq(address, SLICE("localhost"));
}

static const char *
inward_seconds(const struct sendmail_reading *r, long seconds)
{
	return arena_printf(r->arena, "%lds", seconds);
}

static struct mta_value
inward_filter_value(const struct sendmail_reading *r,
    const struct sendmail_filter *f, const char *name, const char *text)
{
	return (struct mta_value){ name, slice_of(text),
		sendmail_reading_origin(r, f->line), false };
}

static void
inward_read_filter(const struct sendmail_reading *r, struct slice name,
    struct mta_milter *out)
{
	const struct sendmail_filter *f = sendmail_cf_filter(r->cf, name);

	out->name = arena_string(r->arena, name);
	if (f == NULL) {
		out->endpoint = SLICE("");
		mta_unread_add(r->arena, &r->instance->unread,
		    arena_printf(r->arena, "the filter %s", out->name),
		    "InputMailFilters names it, and no X line of %s defines it",
		    r->file);
		return;
	}
	out->endpoint = f->socket.p == NULL ? SLICE("") : f->socket;
	out->default_action = (struct mta_value){ "F", f->flags,
		sendmail_reading_origin(r, f->line), f->flags.n == 0 };
	out->connect_timeout = inward_filter_value(r, f, "T=C",
	    inward_seconds(r, f->connect));
	out->command_timeout = inward_filter_value(r, f, "T=R",
	    inward_seconds(r, f->read));
	out->content_timeout = inward_filter_value(r, f, "T=E",
	    inward_seconds(r, f->end));
}

/* The filters of a list: its names stand between ',' or ';'. */
static struct mta_milters
inward_read_filters(const struct sendmail_reading *r, struct mta_value value)
{
	struct mta_milters milters = { .value = value };
	struct mta_milter *list = NULL;
	struct slice rest = value.text;

	while (rest.n > 0) {
		size_t n = slice_find(rest, ','), other = slice_find(rest, ';');
		struct slice name;

		if (other < n)
			n = other;
		name = slice_trim(slice_head(rest, n));
		rest = slice_from(rest, n + 1);
		if (name.n == 0)
			continue;
		list = arena_more(r->arena, list, milters.count,
		    sizeof(*list));
		inward_read_filter(r, name, &list[milters.count++]);
	}
	milters.list = list;
	return milters;
}

/* A value that a modifier of a service decides. */
static struct mta_value
inward_by_modifier(const struct sendmail_reading *r,
    const struct sendmail_daemon *d, char modifier, const char *with,
    const char *without)
{
	bool has = sendmail_service_has(d, modifier);

	return (struct mta_value){ "Modifiers", slice_of(has ? with : without),
		sendmail_reading_origin(r, d->line), !has };
}

static struct mta_value
inward_asks_certificate(const struct sendmail_reading *r)
{
	struct mta_value value = sendmail_reading_option(r, "TLSSrvOptions",
	    "");
	unsigned line;

	value.text = SLICE("yes");
	if (sendmail_cf_has_letter(r->cf, "TLSSrvOptions", 'V', &line)) {
		value.text = SLICE("no");
		value.origin = sendmail_reading_origin(r, line);
	}
	return value;
}

static enum mta_tls_use
inward_use(const struct sendmail_daemon *d, bool has_certificate)
{
	if (!has_certificate)
		return MTA_TLS_OFF;
	if (sendmail_service_has(d, 's'))
		return MTA_TLS_WRAPPER;
	return sendmail_service_has(d, 'S') ? MTA_TLS_OFF : MTA_TLS_OFFERED;
}

static void
inward_read_tls(const struct sendmail_reading *r,
    const struct sendmail_daemon *d, struct mta_server_tls *out)
{
	struct mta_value certificate = sendmail_reading_option(r,
	    "ServerCertFile", "");
	bool has = certificate.text.n > 0 && sendmail_cf_option(r->cf,
	    "ServerKeyFile").text.n > 0;
	struct mta_value *list;

	out->use = inward_use(d, has);
	out->level = inward_by_modifier(r, d, 'S', "no STARTTLS", "");
	out->wrapper = inward_by_modifier(r, d, 's', "yes", "no");
	out->ask_certificate = inward_asks_certificate(r);
	out->ca_file = sendmail_reading_option(r, "CACertFile", "");
	out->ca_path = sendmail_reading_option(r, "CACertPath", "");
	out->log_level = sendmail_reading_option(r, "LogLevel", "9");
	if (certificate.text.n == 0)
		return;
	list = arena_alloc(r->arena, sizeof(*list));
	*list = certificate;
	out->certificates = list;
	out->certificate_count = 1;
}

static enum mta_purpose
inward_purpose(const struct sendmail_daemon *d, unsigned short port)
{
	if (port == 587 || port == 465 || sendmail_service_has(d, 'a'))
		return MTA_PURPOSE_SUBMISSION;
	return port == 25 ? MTA_PURPOSE_MX : MTA_PURPOSE_UNKNOWN;
}

/* What is said on the line of the service, sorted by name. */
static struct mta_settings
inward_settings(const struct sendmail_reading *r,
    const struct sendmail_daemon *d)
{
	const struct { const char *name; struct slice value; } parts[] = {
		{ "Addr", d->address }, { "Family", d->family },
		{ "InputMailFilters", d->filters },
		{ "Modifiers", d->modifiers }, { "Port", d->port },
	};
	struct mta_value *list = arena_array(r->arena, COUNT_OF(parts),
	    sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (parts[i].value.p != NULL)
			list[count++] = (struct mta_value){ parts[i].name,
				parts[i].value,
				sendmail_reading_origin(r, d->line), false };
	return (struct mta_settings){ list, count };
}

static struct mta_value
inward_filters_of(const struct sendmail_reading *r,
    const struct sendmail_daemon *d)
{
	if (d->filters.p == NULL)
		return sendmail_reading_option(r, "InputMailFilters", "");
	return (struct mta_value){ "InputMailFilters", d->filters,
		sendmail_reading_origin(r, d->line), false };
}

static struct mta_value
inward_auth_tls_only(const struct sendmail_reading *r)
{
	struct mta_value value = sendmail_reading_option(r, "AuthOptions", "");

	value.text = slice_find(value.text, 'p') < value.text.n ? SLICE("yes")
	    : SLICE("no");
	return value;
}

static void
inward_read_daemon(const struct sendmail_reading *r,
    const struct sendmail_daemon *d, struct mta_service *out)
{
	out->name = arena_string(r->arena, d->name);
	out->origin = sendmail_reading_origin(r, d->line);
	out->kind = MTA_SERVICE_SMTP;
	out->port = inward_port(r, d->port);
	out->purpose = inward_purpose(d, out->port);
	if (d->address.p != NULL) {
		struct slice *host = arena_alloc(r->arena, sizeof(*host));

		*host = d->address;
		out->hosts = host;
		out->host_count = 1;
		out->loopback_only = inward_is_loopback(d->address);
	}
	out->settings = inward_settings(r, d);
	out->milters = inward_read_filters(r, inward_filters_of(r, d));
	inward_read_tls(r, d, &out->tls);
	out->auth = inward_by_modifier(r, d, 'A', "no", "yes");
	out->auth_tls_only = inward_auth_tls_only(r);
	if (out->port == 0)
		mta_unread_add(r->arena, &r->instance->unread, out->name,
		    "its port %.*s is no number and no service of this host",
		    SLICE_ARGS(d->port));
}

/* sendmail(8): with -bs filters are called, with -bm none (FACTS 38). */
static void
inward_read_local(const struct sendmail_reading *r, struct mta_service *out)
{
	out->name = "sendmail(8)";
	out->origin = r->file;
	out->kind = MTA_SERVICE_LOCAL;
	out->purpose = MTA_PURPOSE_SUBMISSION;
	out->milters = inward_read_filters(r,
	    sendmail_reading_option(r, "InputMailFilters", ""));
}

/* Without a line Sendmail listens on port 25 of all addresses. */
static size_t
inward_add_default(const struct sendmail_reading *r, struct mta_service *out)
{
	const struct sendmail_daemon d = { .name = SLICE("Daemon0"),
		.modifiers = SLICE("") };

	inward_read_daemon(r, &d, out);
	out->origin = "default";
	return 1;
}

void
sendmail_inward_read(const struct sendmail_reading *r, bool with_local)
{
	struct mta_service *list = arena_array(r->arena,
	    r->cf->daemon_count + 2, sizeof(*list));
	size_t count = 0;

	/* submit.cf has a line for a daemon that nobody starts. */
	for (size_t i = 0; i < r->cf->daemon_count && !r->is_submission; i++)
		inward_read_daemon(r, &r->cf->daemons[i], &list[count++]);
	if (count == 0 && !r->is_submission)
		count = inward_add_default(r, list);
	if (with_local)
		inward_read_local(r, &list[count++]);
	r->instance->services = list;
	r->instance->service_count = count;
}
