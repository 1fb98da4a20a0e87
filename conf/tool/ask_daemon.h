/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask_daemon - a command that is a request to the running daemon
 */
#ifndef CONF_TOOL_ASK_DAEMON_H
#define CONF_TOOL_ASK_DAEMON_H

#include "conf/tool/command.h"

/* The command that takes the loss with this digest. Returns new, for
 * json_decref(). */
json_t *ask_daemon_loss_command(const struct invocation *invocation,
    const char *digest);

/* Sends request, which it takes, and prints the answer, as ask_daemon() does.
 * It reads no option. */
enum exit_status ask_daemon_with(struct invocation *invocation,
    json_t *request);

/* Sends a request of this name ("status") to the daemon and prints its answer.
 * STATUS_FINDINGS when the daemon answers that it failed, or that there is a
 * warning; STATUS_FAILED when no daemon answers. */
enum exit_status ask_daemon(struct invocation *invocation,
    const char *request_name);
#endif
