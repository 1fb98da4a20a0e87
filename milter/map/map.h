/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map - answers what an MTA asks about every next hop
 *
 * `smtp_tls_policy_maps = socketmap:unix:PATH:NAME`. NAME chooses the question:
 *
 *   sendmail  the key is what the rules of contrib/sendmail saw of a server
 *   sts       the key is a next hop, answered in the form of Sendmail's own
 *             map of MTA-STS policies
 *   other     the key is a next hop, answered in the form of Postfix
 *
 * policy/outbound makes the answer from the policy in force at that moment;
 * nothing is decided here. A failure here makes mail wait, and never leave in
 * the clear: without an answer Postfix defers (FACTS 75).
 */
#ifndef MILTER_MAP_MAP_H
#define MILTER_MAP_MAP_H

#include <event2/event.h>

#include "policy/base/err.h"

struct map;

/* The line of a summary, each counter at its largest. */
enum { MAP_SUMMARY = 512 };

/* Returns new; goes with map_destroy(). log, called on the loop, gets one
 * line for each minute in which anything happened; may be NULL. */
struct map *map_create(struct event_base *base, void (*log)(const char *line));
/* Serves what connects to fd, a listening, non-blocking socket. Takes fd, also
 * when it fails: -1 with e filled. */
int map_listen(struct map *map, int fd, struct err *e);
/* Ends that for a descriptor which was taken, and closes it; whoever has
 * connected is answered. On the loop. */
void map_unlisten(struct map *map, int fd);
/* Any thread, while the map exists: another policy is in force. What is
 * published is asked again, of the server that it names. */
void map_reloaded(struct map *map);
/* Closes every connection. The loop does not run. */
void map_destroy(struct map **map);
#endif
