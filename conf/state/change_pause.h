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

/* The first end of the pauses in force, in seconds since 1970, if change would
 * move the end of none of them by more than a minute: who asks again did not
 * see the answer. 0: it is not so already. *id borrows the id of that one. */
int64_t change_pause_already(const struct state *state,
    const struct change *change, int64_t now, struct slice *id);

/* The edit of state_change() for CHANGE_PAUSE: replaces the pause of each hop
 * that it is for. One that is in force goes on, to the new end, and may not
 * last longer with it than a new one. The id is written to id. uid is who asks
 * for it. -1 with e filled when it is refused. It gets the id of change, if
 * that has one. */
int change_pause_begin(struct state *state, const struct policy *policy,
    const struct change *change, uid_t uid, char id[CHANGE_ID], char *event,
    size_t size, struct err *e);

/* The same for CHANGE_END_PAUSE: ends the pauses of these hops now. Where none
 * is in force, made->already is set; one that waits for approval is not ended
 * by this, so -1 then, with e filled. */
int change_pause_end(struct state *state, const struct change *change,
    struct change_made *made, char *event, size_t size, struct err *e);
#endif
