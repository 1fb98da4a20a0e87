/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_server - answers the administrator's command
 *
 * JSON lines on Unix sockets. The kernel names the user who asks (SO_PEERCRED);
 * root, the user of the daemon, and members of the socket's group are
 * answered. A frame may take ten seconds and 64 KiB, and sixteen clients are
 * served at a time, so that a stuck command delays nobody but itself.
 */
#ifndef MILTER_RELOAD_CONTROL_SERVER_H
#define MILTER_RELOAD_CONTROL_SERVER_H

#include <event2/event.h>
#include <sys/types.h>

#include "policy/base/err.h"

struct control_server;

/* Returns new; goes with control_server_destroy(). */
struct control_server *control_server_create(struct event_base *base);
/* Serves what connects to fd, a listening, non-blocking Unix socket whose
 * group is group; (gid_t)-1: no group is answered. Takes fd, also when it
 * fails: -1 with e filled. */
int control_server_listen(struct control_server *control, int fd, gid_t group,
    struct err *e);
/* Its group is another one from now on. On the loop. */
void control_server_set_group(struct control_server *control, int fd,
    gid_t group);
/* Ends that for a descriptor which was taken, and closes it; whoever has
 * connected is answered. On the loop. */
void control_server_unlisten(struct control_server *control, int fd);
/* Closes every connection. The loop has ended. */
void control_server_destroy(struct control_server **control);
#endif
