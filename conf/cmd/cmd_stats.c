/* SPDX-License-Identifier: BSD-2-Clause */
/* stats - print the daemon's counters */
#include "config.h"

#include "conf/tool/ask_daemon.h"

enum exit_status
cmd_stats(struct invocation *invocation)
{
	return ask_daemon(invocation, "stats");
}
