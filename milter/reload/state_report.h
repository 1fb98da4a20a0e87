/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state_report - what `status` tells of the state in force
 */
#ifndef MILTER_RELOAD_STATE_REPORT_H
#define MILTER_RELOAD_STATE_REPORT_H

#include <jansson.h>

#include "conf/state/state.h"

/* Adds a warning to list for each hop that is paused now: mail passes that a
 * rule would refuse. state may be NULL. */
void state_report_pauses(json_t *list, const struct state *state);

/* Adds how many exceptions are in force, wait for approval, begin later or are
 * void, and how many stages are in force or void, to answer; of what begins
 * later or is void only if there is any. Either may be NULL: then nothing. */
void state_report_counts(json_t *answer, const struct policy *policy,
    const struct state *state);

/* Adds the rules whose stage differs from the policy file because their row has
 * changed, which `check` prints in full, to answer. policy may be NULL. */
void state_report_differing(json_t *answer, const struct policy *policy,
    const struct state *state);
#endif
