/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask_daemon - a command that is a request to the running daemon
 */
#ifndef CONF_CMD_ASK_DAEMON_H
#define CONF_CMD_ASK_DAEMON_H

#include "conf/cmd/command.h"

/* Sends a request of this name ("status") to the daemon and prints its answer.
 * STATUS_FINDINGS when the daemon answers that it failed, or that there is a
 * warning; STATUS_FAILED when no daemon answers. */
enum exit_status ask_daemon(struct invocation *invocation,
    const char *request_name);
#endif
