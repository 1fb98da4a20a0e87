/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * laid - which stages and exceptions of the state act under a policy
 */
#ifndef CONF_CMD_VOID_STATE_H
#define CONF_CMD_VOID_STATE_H

#include <jansson.h>
#include <stdio.h>

#include "conf/state/state.h"

/* Why the entry's stage is not in force: the row has changed; NULL when it
 * is. *rule is what it is about, or NULL. */
const char *laid_stage_void(const struct policy *policy,
    const struct state *state, const struct stage_entry *entry,
    const struct rule **rule);

/* Why an exception does nothing under this policy; NULL when it does. */
const char *laid_exception_void(const struct policy *policy,
    const struct exception *exception);

/* Those that do not act, a line each; nothing when all do. */
void laid_print_void(const struct policy *policy, const struct state *state,
    FILE *out);

/* The stages of the state, each with void_because. Returns new. */
json_t *laid_stages_json(const struct policy *policy,
    const struct state *state);
#endif
