/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arenapool - arenas for messages, used again
 *
 * A few are kept between messages; more are given back, so that a burst of
 * sessions leaves nothing behind.
 */
#ifndef MILTER_SESSION_ARENAPOOL_H
#define MILTER_SESSION_ARENAPOOL_H

#include "policy/base/arena.h"

/* An empty arena for the caller; goes back with arenapool_give(). */
struct arena *arenapool_take(void);
/* Takes the arena and clears the pointer. */
void arenapool_give(struct arena **arena);
/* Frees those that are kept: at the end of the process. */
void arenapool_clear(void);
#endif
