/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exempt - why a rule on the hop that brought the mail may not act
 *
 * An exempt recipient is judged and recorded all the same. Rules for
 * `outbound` and `earlier` have no exemptions.
 */
#ifndef POLICY_JUDGE_EXEMPT_H
#define POLICY_JUDGE_EXEMPT_H

#include <stdbool.h>

#include "policy/judge/request.h"
#include "policy/table/partner.h"

/* A request by the settings. */
struct rcpt_context {
	struct netaddr client;          /* family 0: unknown */
	const struct relay *relay;      /* the client is this own relay, which
	                                 * borrows from settings; or NULL */
	enum exempt exempt;             /* from every rule of addresses */
	enum exempt session;            /* from rules of services: it crossed
	                                 * no hop to this host */
};

/* postmaster: the recipient is postmaster of a served domain (RFC 5321 section
 * 4.5.1). */
void rcpt_context_of(const struct request *request,
    const struct settings *settings, enum listener_kind listener,
    bool postmaster, struct rcpt_context *out);

/* The exemption from one demand of rule; both may be NULL: from any. */
enum exempt exempt_of(const struct rcpt_context *context,
    const struct rule *rule, const struct demand *demand);
#endif
