/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void_state - what of the state has no effect, or another one than the file
 *
 * The state outlives the policy file it was made for: a stage goes on acting
 * for what its row demanded then, and an exception is void once the policy no
 * longer allows it.
 */
#ifndef CONF_SHOW_VOID_STATE_H
#define CONF_SHOW_VOID_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "conf/state/state.h"

/* Every stage of the state, with void_because, which is null for one in force,
 * and what its row has today. Returns new. */
json_t *void_stages_json(const struct policy *policy,
    const struct state *state);

/* The exceptions that are void and have not ended at now, in seconds since
 * 1970. Returns new. */
json_t *void_exceptions_json(const struct policy *policy,
    const struct state *state, int64_t now);

/* Prints a line for each void one of the lists above, and for each stage that
 * differs from the policy file. */
void void_print(const json_t *stages, const json_t *exceptions, FILE *out);
#endif
