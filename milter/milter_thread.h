/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter_thread - runs libmilter
 *
 * In a thread of its own, because it blocks the signals of the thread that
 * calls it. It is never asked to stop: smfi_stop() waits up to five seconds,
 * leaves sessions open, and destroys locks that its own threads still use.
 * Our callbacks end with session/drain, libmilter with the process.
 */
#ifndef MILTER_MILTER_THREAD_H
#define MILTER_MILTER_THREAD_H

#include <stdbool.h>

#include "milter/base/socket.h"
#include "policy/base/err.h"

/* Registers the callbacks, binds and listens. Borrows socket for the call. 0,
 * or -1 with e filled; e->number is an errno, or 0. */
int milter_thread_open(struct socket *socket, struct err *e);

/* Accepts sessions from now on. When libmilter ends by itself, the calling
 * thread gets a SIGTERM. 0, or -1 with e filled when no thread could be
 * started. */
int milter_thread_start(struct err *e);

/* Whether libmilter ended without being asked to. */
bool milter_thread_has_failed(void);
#endif
