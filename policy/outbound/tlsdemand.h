/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsdemand - the demand of a rule as a Postfix TLS policy
 */
#ifndef POLICY_OUTBOUND_TLSDEMAND_H
#define POLICY_OUTBOUND_TLSDEMAND_H

#include "policy/outbound/tlspolicy.h"
#include "policy/table/demand.h"

/*
 * Writes demand, for the next hop host, to *out, which borrows from both. host
 * is absent when the next hop is no host. Returns NULL, or why no policy text
 * can express it (a static text).
 */
const char *tlsdemand_policy(const struct demand *demand, struct slice host,
    struct tlspolicy *out);
#endif
