/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * departed - what the state has for partners and hops that leave the policy
 *
 * A policy that is put in force without a partner or a hop ends what was set
 * for that name with the command. Otherwise a lowered stage, or an exception,
 * would act again when the name returns.
 *
 * A slip, such as an include folder that is empty, ends nothing: the check for
 * losses refuses its policy. In mode log-only no rule acts and nothing is a
 * loss, so that check is made as if they did: see departed_may_end().
 */
#ifndef CONF_DEPARTED_H
#define CONF_DEPARTED_H

#include <stdbool.h>

#include "conf/state/state.h"

/* Whether state, which may be NULL, has anything for a partner or hop that old
 * has and new has not: a stage, an exception that has not ended at now, in
 * seconds since 1970, or a request for one. */
bool departed_any(const struct state *state, const struct policy *old,
    const struct policy *new, int64_t now);

/* Whether that may end when new follows old, which is allowed. Both have the
 * state applied. false: in mode enforce it would be a loss, and one of them is
 * in mode log-only. */
bool departed_may_end(const struct policy *old, const struct policy *new,
    int64_t now);

/*
 * Ends it in the state of place. The history records it as done by actor, in
 * one change, or in several when there is much. -1 with e filled when not all
 * of it could be ended.
 */
int departed_end(const struct state_place *place, const struct policy *old,
    const struct policy *new, const struct actor *actor, struct err *e);
#endif
