/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * history - who changed what in the state, when, why
 *
 * history.jsonl in the state folder has one JSON object a line. Lines are only
 * appended. A change is recorded here before it comes into force.
 */
#ifndef CONF_STATE_HISTORY_H
#define CONF_STATE_HISTORY_H

#include "conf/state/state.h"
#include "conf/state/statefile.h"

/* The generation that the last readable line records; 0 when no line can be
 * read. NONE: the file is missing or empty. */
enum statefile history_last(int folder, unsigned long *generation,
    struct err *e);

/*
 * Appends a line: the generation and latest time of state, uid and reason of
 * actor, and event, which is a JSON object without its braces. -1 with e
 * filled when it cannot be written; then the file is as it was.
 */
int history_append(int folder, const struct state *state,
    const struct actor *actor, const char *event, struct err *e);

/*
 * Fills stages, generation and latest time of *state from the history. Each
 * rule gets the stage recorded last. When a line cannot be read, which may
 * have recorded a higher stage, each rule gets the highest one recorded.
 */
enum statefile history_rebuild(int folder, struct state *state,
    struct err *e);
#endif
