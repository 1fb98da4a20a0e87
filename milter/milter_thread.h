/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter_thread - libmilter, from its socket on
 *
 * It runs in a thread of its own, because it blocks the signals of whoever
 * calls it. It is never asked to stop: smfi_stop() waits for a poll of five
 * seconds, leaves sessions as they are, and destroys locks that its own
 * threads still use. The gate ends our part of it, and the process the rest.
 */
#ifndef MILTER_MILTER_THREAD_H
#define MILTER_MILTER_THREAD_H

#include <stdbool.h>

#include "milter/base/socket.h"
#include "policy/base/err.h"

/* Binds and listens. Borrows socket for the call. */
int milter_thread_open(struct socket *socket, struct err *e);

/* Takes sessions from now on. When libmilter ends by itself the calling
 * thread gets a SIGTERM. */
int milter_thread_start(struct err *e);

/* Whether libmilter ended without being asked to. */
bool milter_thread_has_failed(void);
#endif
