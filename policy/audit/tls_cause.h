/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls_cause - why an MTA did not verify a client's certificate, by its log
 *
 * A filter sees of Postfix that no certificate was verified, and not why; the
 * mail log may say it (FACTS 123, 124). What follows here is about one line;
 * policy/audit/causefinder finds the lines of a session.
 */
#ifndef POLICY_AUDIT_TLS_CAUSE_H
#define POLICY_AUDIT_TLS_CAUSE_H

#include "policy/evidence/evidence.h"

enum tls_cause {
	TLS_CAUSE_UNKNOWN,
	TLS_CAUSE_VERIFIED,             /* nothing was wrong */
	TLS_CAUSE_NONE_SHOWN,           /* on Postfix also: none was asked
	                                 * for */
	TLS_CAUSE_NOT_ASKED,
	TLS_CAUSE_UNVERIFIED,           /* one was shown; not known why not */
	TLS_CAUSE_EXPIRED,
	TLS_CAUSE_NOT_YET_VALID,
	TLS_CAUSE_SELF_SIGNED,
	TLS_CAUSE_UNKNOWN_ISSUER,
	TLS_CAUSE_WRONG_PURPOSE,        /* not made for clients */
	TLS_CAUSE_REVOKED,
	TLS_CAUSE_ISSUER_EXPIRED,       /* one of the chain above it */
	TLS_CAUSE_RESUMED,              /* an earlier session had the reason */
	TLS_CAUSE_OTHER,                /* in the MTA's own words */
	TLS_CAUSE_COUNT
};

/* The word for JSON. */
const char *tls_cause_name(enum tls_cause cause);
/* For the administrator: what it was, and what helps at which MTA. */
const char *tls_cause_text(enum tls_cause cause);
const char *tls_cause_advice(enum tls_cause cause, enum mta mta);
/* For the partner's postmaster, in sentences; NULL: nothing can be said that
 * the reason of the verdict does not say. */
const char *tls_cause_problem(enum tls_cause cause);
const char *tls_cause_remedy(enum tls_cause cause);

/* What the MTA's macros tell without a log: Sendmail shows a certificate that
 * it did not verify, Postfix hides it (FACTS 1, 2). */
enum tls_cause tls_cause_of_evidence(const struct evidence *e);

/* A client as a line names it. */
struct tls_client {
	struct netaddr address;
	struct slice port;              /* absent: it is not logged */
};

/* Cuts "NAME[ADDRESS]" or "NAME[ADDRESS]:PORT" off *rest. */
bool tls_client_cut(struct slice *rest, struct tls_client *out);

/*
 * What a line of smtpd (of Sendmail) says of the certificate of *client, by
 * the text behind its tag. TLS_CAUSE_UNKNOWN: it says nothing of one. Of
 * Sendmail the second line, with the reason, names no client: *client then has
 * an address of family 0.
 */
enum tls_cause tls_cause_of_postfix(struct slice text,
    struct tls_client *client);
enum tls_cause tls_cause_of_sendmail(struct slice text,
    struct tls_client *client);

/* Whether cause tells more than other. */
bool tls_cause_is_better(enum tls_cause cause, enum tls_cause other);
#endif
