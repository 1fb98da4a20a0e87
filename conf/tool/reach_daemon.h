/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reach_daemon - finds the running daemon, wherever it listens
 *
 * It is asked where the file on the disk says. If nobody listens there, the
 * file may have changed since the daemon read it, or the change may need a
 * restart: so the daemon notes in the state folder where it can be asked
 * (conf/state/kept.h), and that is tried too, with a line which says so.
 */
#ifndef CONF_TOOL_REACH_DAEMON_H
#define CONF_TOOL_REACH_DAEMON_H

#include "conf/tool/command.h"

/*
 * Sends request, which stays the caller's. policy names the control sockets and
 * the state folder; NULL: the file of the invocation does, as far as it can be
 * read. ANSWERED: *answer is new; it goes with json_decref(). Otherwise e is
 * filled; see control_ask().
 */
enum control_reach reach_daemon(struct invocation *invocation,
    const struct policy *policy, json_t *request, json_t **answer,
    struct err *e);

/* The same for the policy in force; see control_ask_policy(). */
enum control_reach reach_daemon_policy(struct invocation *invocation,
    int *archive, struct err *e);
#endif
