/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exempt - why a rule on the hop that brought the mail may not act
 *
 * An exempt recipient is judged and recorded all the same. Nothing here
 * exempts from `outbound` or `earlier`.
 */
#ifndef POLICY_JUDGE_EXEMPT_H
#define POLICY_JUDGE_EXEMPT_H

#include <stdbool.h>

#include "policy/judge/request.h"
#include "policy/table/partner.h"

/* What an attempt's session and recipient are to the settings. */
struct rcpt_context {
	struct netaddr client;          /* family 0: unknown */
	const struct relay *relay;      /* the client is one of ours */
	enum exempt exempt;             /* whatever the rule */
};

/* postmaster: the recipient is, of a served domain (RFC 5321 4.5.1). */
void rcpt_context_of(const struct request *request,
    const struct settings *settings, enum listener_kind listener,
    bool postmaster, struct rcpt_context *out);

/* The exemption for one rule; rule may be NULL. */
enum exempt exempt_of(const struct rcpt_context *at, const struct rule *rule);
#endif
