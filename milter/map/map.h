/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map - answers what Postfix asks about every next hop
 *
 * `smtp_tls_policy_maps = socketmap:unix:PATH:NAME`. The answer is made by
 * policy/outbound from the policy in force at that moment; nothing is decided
 * here. What fails here makes mail wait and never leave in the clear: an
 * answer that does not come defers (FACTS 75).
 */
#ifndef MILTER_MAP_MAP_H
#define MILTER_MAP_MAP_H

#include <stdint.h>

#include <event2/event.h>

#include "policy/base/err.h"

struct map;

struct map_counts {
	uint64_t ok;
	uint64_t notfound;
	uint64_t temp;
	uint64_t malformed;
	uint64_t slow;                  /* connections closed for being so */
	uint64_t accepted;
	uint64_t turned_away;           /* too many connections */
	uint64_t asked;                 /* of the server of published ones */
	uint64_t cached;
	uint64_t failed;
	unsigned open;                  /* connections now */
};

/* Returns new; goes with map_destroy(). say, called on the loop, gets one
 * line for each minute in which anything happened; may be NULL. */
struct map *map_create(struct event_base *base, void (*say)(const char *line));
/* Serves what connects to fd, a listening, non-blocking socket. Takes fd. */
int map_listen(struct map *map, int fd, struct err *e);
/* Closes every connection. The loop does not run. */
void map_destroy(struct map **map);

/* Since the start. On the loop's thread. */
struct map_counts map_counts(const struct map *map);
#endif
