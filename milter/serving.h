/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serving - libmilter, from its socket to its end
 *
 * It runs in a thread of its own, because it blocks the signals of whoever
 * calls it, and polls with a lock in hand: asking it to stop waits for up to
 * five seconds, unless somebody connects meanwhile.
 */
#ifndef MILTER_SERVING_H
#define MILTER_SERVING_H

#include <stdbool.h>

#include "milter/socket.h"
#include "policy/err.h"

/* Binds and listens. Borrows socket until serving_stop(). */
int serving_open(struct socket *socket, struct err *e);

/* Takes sessions from now on. When libmilter ends by itself the calling
 * thread gets a SIGTERM. */
int serving_start(struct err *e);

/* Whether libmilter ended by itself. */
bool serving_has_failed(void);

/* Stops it, within a third of a second or not at all. */
void serving_stop(void);
#endif
