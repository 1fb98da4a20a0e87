/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kept_loss - what a policy on the disk would lose, also without a daemon
 *
 * It is compared with the policy in force: that of the running daemon or, where
 * none runs, the one that was kept, which a start would run rather than one
 * that asks less (milter/reload/startup.h).
 */
#ifndef CONF_TOOL_KEPT_LOSS_H
#define CONF_TOOL_KEPT_LOSS_H

#include "conf/tool/command.h"

/*
 * Compares policy, which has its state applied, at clock (seconds since 1970).
 * *difference is new, as loss_json() makes it, if something is lost, and goes
 * with json_decref(); else NULL. -1 with e filled: that cannot be seen.
 */
int kept_loss_find(struct invocation *invocation, const struct policy *policy,
    int64_t clock, json_t **difference, struct err *e);
#endif
