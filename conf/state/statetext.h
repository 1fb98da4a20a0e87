/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * statetext - the text of state.conf
 *
 * The first line is "# enforcetls-state 1 generation=N sha256=HEX". The rest is
 * in libconfig's syntax; the digest is computed over it. A text that was
 * truncated or edited does not match its digest and is refused.
 */
#ifndef CONF_STATE_STATETEXT_H
#define CONF_STATE_STATETEXT_H

#include "conf/state/state.h"

/* Fills generation, seen and the lists of *state, in its arena. -1
 * with e filled when text is not a valid state. */
int statetext_read(struct slice text, struct state *state, struct err *e);

/* Returns new, for free(3), without a NUL and with its length in *n; NULL with
 * e filled on failure. */
char *statetext_write(const struct state *state, size_t *n, struct err *e);

/* Writes seconds since 1970 as "2026-03-31T18:00:00Z". */
enum { STATETEXT_TIME = 32 };
void statetext_show_time(int64_t time, char out[STATETEXT_TIME]);
/* Whether text is such a time, later than 1970 began; *out only then. */
bool statetext_time(struct slice text, int64_t *out);
#endif
