/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * applications - who sends through this server, by the decision log
 *
 * An application is a session that a service finds, that came in by a listener
 * for submission or one with a rule, that logged in, or that sends to domains
 * we are no public MX of. The same login, or else certificate, or else address
 * at one listener is one application, from however many clients.
 */
#ifndef POLICY_USAGE_APPLICATIONS_H
#define POLICY_USAGE_APPLICATIONS_H

#include "policy/usage/usage_log.h"

enum {
	/* Applications that are kept: a hostile log has no end of them. */
	APPLICATIONS = 1000,
	APPLICATION_CLIENTS = 16,
	APPLICATION_CERTIFICATES = 4,
	/* SSLv2 to TLS 1.3, and one that is not known. */
	APPLICATION_VERSIONS = 7
};

struct application_certificate {
	struct slice peer, subject, issuer, fingerprint;        /* or absent */
	bool verified;
	int64_t last;                   /* seconds since 1970 */
};

struct application {
	enum found_by by;               /* LOGIN, CERTIFICATE or CLIENT */
	struct slice name;              /* the login; the certificate's CN, or
	                                 * else subject, or else fingerprint;
	                                 * the client's address */
	bool hidden;                    /* the log has no whole login name */
	bool verified;                  /* the certificate is */
	int port;                       /* of the listener; 0: not known */
	struct slice listener;          /* its name in the policy or the MTA,
	                                 * or its port; absent: not known */
	struct netaddr clients[APPLICATION_CLIENTS];
	size_t client_count;
	bool more_clients;
	struct application_certificate certificates[APPLICATION_CERTIFICATES];
	size_t certificate_count;
	bool more_certificates;
	uint64_t messages;              /* accepted */
	uint64_t recipients;            /* accepted or not */
	uint64_t refused;               /* recipients */
	uint64_t clear;                 /* recipients without TLS */
	uint64_t unknown;               /* those of which that is not known */
	struct {
		enum tls_version version;       /* NONE: not known */
		uint64_t count;
	} versions[APPLICATION_VERSIONS];
	size_t version_count;
	uint64_t unproven;              /* recipients for which the login was
	                                 * not made over TLS */
	int64_t first, last;            /* seconds since 1970 */
	uint64_t uncovered;             /* recipients that no row covers */
	uint64_t *covered;              /* by each service of the policy */
	uint64_t *maybe;                /* the same, as the log does not show
	                                 * enough to rule it out */
};

struct applications;

/*
 * Returns new, for applications_destroy(). Takes what is not older than since
 * (seconds since 1970); all: strangers too, who bring mail for our own domains.
 * Borrows policy.
 */
struct applications *applications_create(const struct policy *policy,
    int64_t since, bool all);
void applications_destroy(struct applications **applications);

void applications_take(struct applications *applications,
    const struct usage_recipient *recipient);

/* Those that are kept, the busiest first. Borrows until the next one is
 * taken. */
size_t applications_rank(struct applications *applications,
    const struct application *const **out);
/* Recipients of applications that are not kept, as there are too many. */
uint64_t applications_others(const struct applications *applications);
#endif
