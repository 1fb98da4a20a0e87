/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arenapool - a pool of arenas for messages
 *
 * A few are kept between messages and the rest is freed, so that the memory of
 * a burst is given back.
 */
#ifndef MILTER_BASE_ARENAPOOL_H
#define MILTER_BASE_ARENAPOOL_H

#include "policy/base/arena.h"

/* Returns an empty arena; it goes back with arenapool_give(). */
struct arena *arenapool_take(void);
/* Empties an arena and keeps it, or frees it when 128 are kept. Sets *arena to
 * NULL. */
void arenapool_give(struct arena **arena);
/* Frees those that are kept: at the end of the process. */
void arenapool_clear(void);
#endif
