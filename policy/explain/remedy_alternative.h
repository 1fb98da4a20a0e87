/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remedy_alternative - what the administrator can change in the policy file
 *
 * For policy/explain/remedy alone.
 */
#ifndef POLICY_EXPLAIN_REMEDY_ALTERNATIVE_H
#define POLICY_EXPLAIN_REMEDY_ALTERNATIVE_H

#include "policy/explain/remedy.h"

/* The group that the peer fails by its identity alone, because its remedy is
 * the smallest; else the first one. There is one. */
const struct peer_group *remedy_nearest_group(const struct demand *demand,
    const struct evidence *e);
/* Whether the peer's name is among names. */
bool remedy_name_is_listed(const struct words *names,
    const struct evidence *e);

/* Adds a way: the rule accepts the peer as it is, by what is proven of it. */
void remedy_add_alternatives(const struct decision *d, struct arena *a,
    struct remedy *out);

/* The stage at which a demand that the rule of d had before goes on acting;
 * STAGE_UNSET: d is on the rule's demand of today. */
enum stage remedy_kept_stage(const struct policy *policy,
    const struct decision *d);

/* Adds a way for such a demand, which no change of the file touches: where the
 * peer is one of today's rule, or is to become one, that stage is set for
 * today's demand. */
void remedy_add_stage(const struct decision *d, enum stage stage,
    struct arena *a, struct remedy *out);

/* Adds that step to the last way of out. */
void remedy_then_stage(const struct decision *d, enum stage stage,
    struct remedy *out);

/* Adds the way for a route that no row covers. */
void remedy_for_route(const struct policy *policy,
    const struct request *request, const struct decision *d, struct arena *a,
    struct remedy *out);

/* The same for a next hop that cannot be read, or none: then the relays
 * decide. */
void remedy_for_unseen_route(const struct request *request,
    struct remedy *out);
#endif
