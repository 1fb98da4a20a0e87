/* SPDX-License-Identifier: BSD-2-Clause */
/* reload - make the daemon read the policy file again */
#include "config.h"

#include "conf/cmd/ask_daemon.h"

enum exit_status
cmd_reload(struct invocation *invocation)
{
	return ask_daemon(invocation, "reload");
}
