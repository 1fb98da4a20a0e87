/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/file/service_lint.h"
#include "conf/file/lint.h"
#include "policy/evidence/dialect.h"

enum { PORT_OF_MX = 25 };

static const struct rule *
service_rule(const struct service *service)
{
	return service->partner->rules[HOP_INBOUND];
}

static void
service_report(struct read_context *r, enum severity severity,
    const struct service *service, const char *text)
{
	lint_report(r, severity, service_rule(service)->place,
	    arena_printf(r->scratch, "%s: %s", service->partner->name.p, text));
}

static bool
service_lists_certificates(const struct peer_group *find)
{
	return find->names.count > 0 || find->subjects.count > 0 ||
	    find->fingerprints.count > 0;
}

static bool
service_is_by_place(const struct service *service)
{
	const struct peer_group *find = &service->find;

	return service->listener == NULL && find->client_count == 0 &&
	    find->logins.count == 0 && !service_lists_certificates(find);
}

/* Fingerprints */

static bool
service_is_told_fingerprints(const struct dialect *dialect)
{
	return dialect->sends[MACRO_CERT_FP] || dialect->sends[MACRO_CERT_MD5];
}

/* With an MTA that tells none, whoever has a certificate may be the service. */
static void
service_lint_fingerprints(struct read_context *r,
    const struct service *service)
{
	const struct settings *settings = &r->policy->settings;
	bool any = settings_recognise_mta(settings);

	if (service->find.fingerprints.count == 0)
		return;
	for (unsigned i = 0; i < MTA_COUNT; i++) {
		const struct dialect *dialect = dialect_of((enum mta)i);

		if (!dialect_is_known(dialect) ||
		    service_is_told_fingerprints(dialect) ||
		    !(any || settings->mta == (enum mta)i))
			continue;
		service_report(r, any ? SEVERITY_WARNING : SEVERITY_ERROR,
		    service, arena_printf(r->scratch, "%s reports no "
			"fingerprint to a milter, so everybody over TLS may "
			"be this service: find it by names, subjects, logins "
			"or clients", dialect->title));
	}
}

/* What does nothing */

/* Only a rule that asks for what finds the service asks for its issuers. */
static void
service_lint_issuers(struct read_context *r, const struct service *service)
{
	const struct demand *demand = &service_rule(service)->demand;

	for (size_t i = 0; i < demand->peer_count; i++)
		if (demand->peers[i].issuers.count > 0)
			return;
	if (service->find.issuers.count > 0)
		service_report(r, SEVERITY_ERROR, service, "issuers find "
		    "nobody, and this rule does not demand them: remove them, "
		    "or write them into a rule with level \"verify\"");
}

/* A session in clear shows no certificate, and one over TLS passes. */
static void
service_lint_certificate_alone(struct read_context *r,
    const struct service *service)
{
	const struct demand *demand = &service_rule(service)->demand;

	if (!service_lists_certificates(&service->find) ||
	    service->find.client_count > 0 || service->find.logins.count > 0 ||
	    demand->level != LEVEL_ENCRYPT || demand->peer_count > 0)
		return;
	for (unsigned i = 0; i < FLOOR_COUNT; i++)
		if (demand->floor[i] != 0)
			return;
	service_report(r, SEVERITY_WARNING, service, "only a session over TLS "
	    "shows the certificate that finds it, so \"encrypt\" refuses "
	    "nothing: add clients or logins, or a rule of its listener");
}

static void
service_lint_local(struct read_context *r, const struct service *service)
{
	const struct settings *settings = &r->policy->settings;
	const struct peer_group *find = &service->find;

	for (size_t i = 0; i < find->client_count; i++) {
		char shown[NETRANGE_TEXT];

		if (!netrange_is_covered(&find->clients[i],
			settings->local_clients, settings->local_client_count))
			continue;
		service_report(r, SEVERITY_WARNING, service,
		    arena_printf(r->scratch, "%s is in local_clients, so "
			"nothing from there is refused", netrange_show(
			&find->clients[i], shown, sizeof(shown))));
	}
}

static void
service_lint_elsewhere(struct read_context *r, const struct service *service)
{
	if (service_rule(service)->elsewhere == ELSEWHERE_LOG)
		service_report(r, SEVERITY_ERROR, service, "elsewhere is about "
		    "a partner's senders; who connects finds this row: remove "
		    "it");
}

/* Places */

static bool
service_is_place_of(const struct service_place *place,
    const struct listener *l)
{
	if (place->port != 0)
		return l->port == place->port;
	return (l->name.p != NULL && slice_eq(l->name, place->name)) ||
	    (l->daemon_name.p != NULL &&
		slice_eq(l->daemon_name, place->name));
}

/* Whether strangers bring their mail there. Another port than 25 that is not in
 * `listeners` is taken for one of clients. */
static bool
service_is_public(const struct settings *settings,
    const struct service_place *place)
{
	bool listed = false;

	for (size_t i = 0; i < settings->listener_count; i++) {
		const struct listener *l = &settings->listeners[i];

		if (!service_is_place_of(place, l))
			continue;
		if (l->kind == LISTENER_MX)
			return true;
		listed = true;
	}
	return place->port == PORT_OF_MX && !listed;
}

static void
service_lint_rfc3207(struct read_context *r, const struct service *service)
{
	const struct rule *rule = service_rule(service);

	if (!service_is_by_place(service) || !lint_demands_tls(rule))
		return;
	for (size_t i = 0; i < service->place_count; i++)
		if (service_is_public(&r->policy->settings,
			&service->places[i])) {
			service_report(r, SEVERITY_ERROR, service, "its "
			    "listeners alone find it, so it demands TLS of "
			    "every stranger: a public mail server must not "
			    "(RFC 3207 section 4). Add clients, logins or "
			    "names; or set acknowledge_rfc3207 = true");
			return;
		}
}

static bool
service_knows_name(const struct settings *settings,
    const struct service_place *place)
{
	for (size_t i = 0; i < settings->listener_count; i++)
		if (service_is_place_of(place, &settings->listeners[i]))
			return true;
	return false;
}

static void
service_lint_places(struct read_context *r, const struct service *service)
{
	for (size_t i = 0; i < service->place_count; i++) {
		const struct service_place *place = &service->places[i];
		char shown[80];

		if (place->port != 0 ||
		    service_knows_name(&r->policy->settings, place))
			continue;
		slice_show(place->name, shown, sizeof(shown));
		service_report(r, SEVERITY_WARNING, service,
		    arena_printf(r->scratch, "no listener is named \"%s\": "
			"unless it is the MTA's {daemon_name}, nobody comes in "
			"by it. Name one so in listeners, or write its port",
			shown));
	}
}

void
service_lint(struct read_context *r)
{
	for (size_t i = 0; i < r->policy->service_count; i++) {
		const struct service *service = &r->policy->services[i];

		service_lint_fingerprints(r, service);
		service_lint_issuers(r, service);
		service_lint_certificate_alone(r, service);
		service_lint_local(r, service);
		service_lint_elsewhere(r, service);
		service_lint_rfc3207(r, service);
		service_lint_places(r, service);
	}
}
