/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outbound_told - what Postfix is told for the next hops of a recipient
 *
 * The milter judges the session that brought a message; its way on is Postfix's
 * own, by the answers of the map. Each comes with a command that does what
 * Postfix does then, and shows what the next hop proves.
 */
#ifndef CONF_EXPLAIN_OUTBOUND_TOLD_H
#define CONF_EXPLAIN_OUTBOUND_TOLD_H

#include <jansson.h>
#include <stdio.h>

#include "policy/judge/request.h"
#include "policy/policy.h"

/*
 * For each next hop of request that an outbound rule covers, at now (seconds
 * since 1970): an object with next_hop, answer, why and try, which is null
 * where Postfix would not use TLS or could not be answered. Returns new; an
 * empty list for a recipient that no outbound rule covers.
 */
json_t *outbound_told_json(const struct policy *policy,
    const struct request *request, int64_t now);

void outbound_told_print(const json_t *list, FILE *out);
#endif
