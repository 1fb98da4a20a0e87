/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void_state - which stages and exceptions of the state act under a policy
 */
#ifndef CONF_SHOW_VOID_STATE_H
#define CONF_SHOW_VOID_STATE_H

#include <jansson.h>
#include <stdio.h>

#include "conf/state/state.h"

/* Why the entry's stage is not in force: the row has changed; NULL when it
 * is. *rule is what it is about, or NULL. */
const char *void_stage(const struct policy *policy,
    const struct state *state, const struct stage_entry *entry,
    const struct rule **rule);

/* Why an exception does nothing under this policy; NULL when it does. */
const char *void_exception(const struct policy *policy,
    const struct exception *exception);

/* Those that do not act, a line each; nothing when all do. */
void void_state_print(const struct policy *policy, const struct state *state,
    FILE *out);

/* The stages of the state, each with void_because. Returns new. */
json_t *void_state_json(const struct policy *policy,
    const struct state *state);
#endif
