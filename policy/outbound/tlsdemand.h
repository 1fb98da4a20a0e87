/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsdemand - what a rule asks, as a TLS policy that Postfix can be told
 */
#ifndef POLICY_OUTBOUND_TLSDEMAND_H
#define POLICY_OUTBOUND_TLSDEMAND_H

#include "policy/outbound/tlspolicy.h"
#include "policy/table/demand.h"

/*
 * What demand asks of the hop to host, into *out, which borrows from both.
 * NULL when done, otherwise why no policy text can ask it.
 */
const char *tlsdemand_policy(const struct demand *demand, struct slice host,
    struct tlspolicy *out);
#endif
