/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool - arenas for messages, used again
 *
 * A few are kept between messages; more are given back, so that a burst of
 * sessions leaves nothing behind.
 */
#ifndef MILTER_SESSION_ARENAPOOL_H
#define MILTER_SESSION_ARENAPOOL_H

#include "policy/base/arena.h"

/* An empty arena for the caller; goes back with pool_give(). */
struct arena *pool_take(void);
/* Takes the arena and clears the pointer. */
void pool_give(struct arena **arena);
/* Frees those that are kept: at the end of the process. */
void pool_clear(void);
#endif
