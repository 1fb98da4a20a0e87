/* SPDX-License-Identifier: BSD-2-Clause */
/* status - print the state of the running daemon */
#include "config.h"

#include "conf/tool/ask_daemon.h"

enum exit_status
cmd_status(struct invocation *invocation)
{
	return ask_daemon(invocation, "status");
}
