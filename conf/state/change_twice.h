/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change_twice - a grant of what is granted already
 *
 * Configuration management asks again and again under an id of its own choice,
 * and gets what it has. People ask twice by mistake, and are shown the
 * exception that they have.
 */
#ifndef CONF_STATE_CHANGE_TWICE_H
#define CONF_STATE_CHANGE_TWICE_H

#include "conf/state/change.h"

/*
 * Looks for the id that change chooses. x is what would be granted.
 * made->already is set when the state has just this exception, and with
 * made->waits when it waits for approval. -1 with e filled when it has another
 * one by that id, or when the id is not one.
 */
int change_twice_id(const struct state *state, const struct change *change,
    const struct exception *x, struct change_made *made, struct err *e);

/* -1 with e filled when another exception gives what x would give, for the
 * time at which x begins. One with a floor below least has no effect. One with
 * the id of x is x itself. */
int change_twice_given(const struct state *state, const struct exception *x,
    enum level least, struct err *e);
#endif
