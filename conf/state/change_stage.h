/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change_stage - sets the stage of a rule, or ends one of a rule that is gone
 */
#ifndef CONF_STATE_CHANGE_STAGE_H
#define CONF_STATE_CHANGE_STAGE_H

#include "conf/state/change_exception.h"

/* The edit of state_change() for CHANGE_STAGE. call->made->already is set, and
 * no event written, when the rule has the stage. -1 with e filled when it is
 * refused. With exceptions.four_eyes, so is a stage after which any rule would
 * act on less. */
int change_stage_set(struct state *state, const struct change_call *call,
    char *event, size_t size, struct err *e);

/*
 * The edit for CHANGE_END_STAGE: takes out the stage that was set for a partner
 * or hop which the policy does not have, and which would act again if it came
 * back. -1 with e filled when none was set, and for a rule of the policy: what
 * acts ends by another stage, or by a loss.
 */
int change_stage_end(struct state *state, const struct change_call *call,
    char *event, size_t size, struct err *e);
#endif
