/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * effective - which exceptions and stages of the state have an effect today
 *
 * The state outlives the policy that it was made for, and keeps what has ended,
 * so what it holds is not what is in force.
 */
#ifndef CONF_EFFECTIVE_H
#define CONF_EFFECTIVE_H

#include "conf/state/stages.h"

struct effective {
	size_t exceptions;              /* in force */
	size_t exceptions_later;        /* that begin later */
	size_t exceptions_void;         /* that have not ended, and that the
	                                 * policy does not allow */
	size_t stages;                  /* that decide the stage of a rule */
	size_t stages_void;
};

/* Counts what state, which may be NULL, has at now, in seconds since 1970. */
void effective_count(const struct policy *policy, const struct state *state,
    int64_t now, struct effective *out);

/* Why the exception has no effect under this policy; NULL when it has one,
 * from its begin to its end. */
const char *effective_exception_not(const struct policy *policy,
    const struct exception *exception);

/* Today's rule of the entry's partner and hop, or NULL, and what the entry does
 * to it. Returns why it does nothing; NULL when it does. */
const char *effective_stage_not(const struct policy *policy,
    const struct state *state, const struct stage_entry *entry,
    const struct rule **rule, struct stage_effect *effect);
#endif
