/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask_daemon - a command that is a request to the running daemon
 */
#ifndef CONF_CMD_ASK_DAEMON_H
#define CONF_CMD_ASK_DAEMON_H

#include "conf/cmd/command.h"

/* Asks the daemon to do what is named, and prints its answer. FINDINGS when
 * it answers that it could not, CANNOT when no daemon answers. */
enum exit_status ask_daemon(struct invocation *invocation, const char *what);
#endif
