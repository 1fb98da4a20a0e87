/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deferral - what a next hop lacked, by the MTA's reason of a deferral
 *
 * Postfix and Sendmail have words of their own for each way in which TLS fails.
 * What a server answered follows other words ("host ... said:", "Deferred:"),
 * so no server can write such a reason.
 */
#ifndef POLICY_AUDIT_DEFERRAL_H
#define POLICY_AUDIT_DEFERRAL_H

#include "policy/table/demand.h"

enum lack {
	LACK_NONE,                      /* a reason that is not about TLS, or
	                                 * in words that are not known */
	LACK_STARTTLS,                  /* the server did not offer it */
	LACK_START,                     /* it refused to begin TLS */
	LACK_HANDSHAKE,
	LACK_CERTIFICATE,
	LACK_DANE,                      /* TLSA records, or DNSSEC */
	LACK_STRENGTH,                  /* TLS version or cipher */
	LACK_ROUTE,                     /* unlisted_routes, on Sendmail */
	LACK_ENGINE,                    /* our own TLS client failed */
	LACK_MAP,                       /* the policy map did not answer */
	LACK_COUNT
};

/* The word for JSON, and a phrase about the next hop. */
const char *lack_name(enum lack lack);
const char *lack_text(enum lack lack);

/* What the reason says, as the MTA's listing of its queue shows it. */
enum lack deferral_lack(struct slice reason);

/* The host that a reason of Postfix names; absent: it names none. Borrows. */
struct slice deferral_host(struct slice reason);

/* The partner whose rule a reason of Sendmail names; absent: it names none.
 * Borrows. */
struct slice deferral_partner(struct slice reason);

/* The floor of an exception from demand that lets such mail pass; UNSET: none
 * can. */
enum level lack_floor(enum lack lack, const struct demand *demand);
#endif
