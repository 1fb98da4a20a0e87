/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pending - what one person asked for and another one has to approve
 *
 * With exceptions.four_eyes. It can be approved for a day. Its id never becomes
 * that of another one: who approves an id approves what was shown under it. So
 * what was approved, withdrawn, or not approved in time, stays in the list for
 * a while.
 */
#ifndef CONF_STATE_PENDING_H
#define CONF_STATE_PENDING_H

#include "conf/state/state.h"

enum {
	/* Seconds for which it can be approved. */
	PENDING_LASTS = 86400,
	/* Octets of an id that the program gives, with its NUL. */
	PENDING_ID = 24
};

VOCABULARY(pending_kind);

/* The first second in which it can no longer be approved. */
int64_t pending_end(const struct pending *pending);

/* Whether it can still be approved at now, in seconds since 1970. */
bool pending_waits(const struct pending *pending, int64_t now);

/* The one with this id; NULL: none. */
struct pending *pending_find(const struct state *state, struct slice id);

/* Appends a copy to the list, in the state's arena. */
struct pending *pending_append(struct state *state,
    const struct pending *pending);

/* How many wait at now. state may be NULL. */
size_t pending_count(const struct state *state, int64_t now);
#endif
