/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * statetext - the text of state.conf
 *
 * "# enforcetls-state 1 generation=N sha256=HEX" and a newline, then what the
 * digest is over, which is libconfig. A text that was cut, or that somebody
 * edited, does not carry its digest and is refused.
 */
#ifndef CONF_STATE_STATETEXT_H
#define CONF_STATE_STATETEXT_H

#include "conf/state/state.h"

/* Fills generation, seen, exceptions and stages of *state, in its arena. */
int statetext_read(struct slice text, struct state *state, struct err *e);

/* Returns new, for free(3), with its length in *n; NULL with e filled. */
char *statetext_write(const struct state *state, size_t *n, struct err *e);

/* "2026-03-31T18:00:00Z" both ways; 0 seconds is refused as a time. */
enum { STATETEXT_TIME = 32 };
void statetext_show_time(int64_t time, char out[STATETEXT_TIME]);
bool statetext_time(struct slice text, int64_t *out);
#endif
