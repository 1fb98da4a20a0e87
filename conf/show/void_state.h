/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void_state - which stages and exceptions of the state have no effect
 *
 * The state outlives the policy file it was made for: a stage is void once its
 * row has changed, an exception once the policy no longer allows it.
 */
#ifndef CONF_SHOW_VOID_STATE_H
#define CONF_SHOW_VOID_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "conf/state/state.h"

/* Why the exception has no effect under this policy; NULL when it has one. */
const char *void_exception_why(const struct policy *policy,
    const struct exception *exception);

/* Every stage of the state, with void_because: null for one in force.
 * for_people adds what void_print() prints of the row. Returns new. */
json_t *void_stages_json(const struct policy *policy,
    const struct state *state, bool for_people);

/* The exceptions that are void and have not ended. Returns new. */
json_t *void_exceptions_json(const struct policy *policy,
    const struct state *state);

/* Prints a line for each void one of the lists above, the stages for people.
 */
void void_print(const json_t *stages, const json_t *exceptions, FILE *out);
#endif
