/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drain - how callbacks and the end of the process keep out of each other's way
 *
 * libmilter's workers cannot be joined and do not finish their sessions when
 * it stops. Every callback passes the gate, so that at the end it can be
 * closed, and what messages were open can be recorded with nobody in them.
 */
#ifndef MILTER_SESSION_DRAIN_H
#define MILTER_SESSION_DRAIN_H

#include <stdbool.h>

/* false once the gate is closed: touch nothing. Else drain_leave(). */
bool drain_enter(void);
void drain_leave(void);

/* The process is about to end: no new recipients. */
void drain_begin(void);
bool drain_is_stopping(void);

/* Lets nobody in any more, and waits until all are out. Callbacks never wait
 * for anything, so that is soon; false when it was not within 250 ms. */
bool drain_close(void);
/* For tests. */
void drain_open(void);
#endif
