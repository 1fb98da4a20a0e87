/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * marker - what the state was, kept where a loss of the state does not reach
 *
 * A state folder that is missing, empty or restored from a backup looks like
 * one that was never used, or like a good one. The marker is a file beside the
 * decision log: the generation of the state, its latest time seen, every stage
 * that was set, and the digest of the policy that is kept, in the text of
 * state.conf. It is written after each change, so it is never newer than the
 * state that it belongs to.
 */
#ifndef CONF_STATE_MARKER_H
#define CONF_STATE_MARKER_H

#include "conf/state/state.h"
#include "conf/state/statefile.h"

/* Fills *state, in its arena, from the marker of place. NONE: it has none. */
enum statefile marker_read(const struct state_place *place,
    struct state *state, struct err *e);

/* Writes the marker for state. A state without the digest of a kept policy
 * keeps the one that the marker has. 0, also when place has none; -1 with e
 * filled. Under the lock of the state folder. */
int marker_write(const struct state_place *place, const struct state *state,
    struct err *e);

/*
 * Compares *state, which was read after marker, with it. When the state was
 * lost, or an older one was put back, or it is damaged, *state becomes, or
 * stays, damaged, with the stages of the marker. found is the status of reading
 * marker.
 */
void marker_compare(const struct state_place *place, struct state *state,
    const struct state *marker, enum statefile found);
#endif
