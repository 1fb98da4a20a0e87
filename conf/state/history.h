/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * history - who changed what of the state, when and why
 *
 * history.jsonl in the state folder: a JSON object a line, only ever appended
 * to. What is in force is always on record here first.
 */
#ifndef CONF_STATE_HISTORY_H
#define CONF_STATE_HISTORY_H

#include "conf/state/state.h"
#include "conf/state/statefile.h"

/* The generation of its last whole line; 0: it has none that can be read.
 * NONE: it is not there, or empty. */
enum statefile history_last(int folder, unsigned long *generation,
    struct err *e);

/*
 * Appends a line: the state's generation and latest time, who, why, and
 * event, a JSON object without its braces.
 */
int history_append(int folder, const struct state *state,
    const struct actor *actor, const char *event, struct err *e);

/*
 * Fills stages, generation and latest time of *state from the history: of
 * each rule the stage recorded last, or, when a line of it cannot be read
 * (what it said may have been a step up), the highest that it names.
 */
enum statefile history_rebuild(int folder, struct state *state,
    struct err *e);
#endif
