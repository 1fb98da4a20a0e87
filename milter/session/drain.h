/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drain - keeps callbacks out of the end of the process
 *
 * libmilter's workers cannot be joined, and do not finish their sessions when
 * it stops. Every callback enters and leaves here. At the end no more may
 * enter, and when all have left, the open messages are recorded.
 */
#ifndef MILTER_SESSION_DRAIN_H
#define MILTER_SESSION_DRAIN_H

#include <stdbool.h>

/* false after drain_close(): touch nothing. Else call drain_leave(). */
bool drain_enter(void);
void drain_leave(void);

/* The process is about to end: new recipients are deferred. */
void drain_begin(void);
bool drain_is_stopping(void);

/*
 * Lets no callback in any more, and waits until all have left. They never
 * block, so that is soon. false: one is still inside after 250 ms. The caller
 * then touches no message: enforcetlsd.c leaves the open ones unrecorded and
 * ends the process without freeing memory.
 */
bool drain_close(void);
#endif
