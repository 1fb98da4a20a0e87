/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change_pause - lets the rules of a hop only log for a while
 */
#ifndef CONF_STATE_CHANGE_PAUSE_H
#define CONF_STATE_CHANGE_PAUSE_H

#include "conf/state/change.h"

/* Whether a pause may last so long: at most a day, or exceptions.longest if
 * that is shorter. -1 with e filled when it may not. */
int change_pause_check(const struct settings *settings,
    const struct change *change, struct err *e);

/* The edit of state_change() for CHANGE_PAUSE: replaces the pause of each hop
 * that it is for. The id is written to id. uid is who asks for it. -1 with e
 * filled when it is refused. It gets the id of change, if that has one. */
int change_pause_begin(struct state *state, const struct policy *policy,
    const struct change *change, uid_t uid, char id[CHANGE_ID], char *event,
    size_t size, struct err *e);

/* The same for CHANGE_END_PAUSE: ends the pauses of these hops now. Where none
 * is in force, made->already is set; one that waits for approval is not ended
 * by this, so -1 then, with e filled. */
int change_pause_end(struct state *state, const struct change *change,
    struct change_made *made, char *event, size_t size, struct err *e);
#endif
