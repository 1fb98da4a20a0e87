/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apply_change - has a change made, by the daemon or, while it is down, here
 */
#ifndef CONF_CMD_APPLY_CHANGE_H
#define CONF_CMD_APPLY_CHANGE_H

#include "conf/cmd/command.h"
#include "conf/state/change.h"

/*
 * Has the daemon make the change, or makes it here when none answers (as root
 * it first becomes the service user, so that the files stay the daemon's).
 * Prints what came of it: text or JSON with ok, id, daemon (whether one made
 * it), error. FINDINGS when it was refused, CANNOT when it could not be tried.
 */
enum exit_status apply_change(struct invocation *invocation,
    const struct policy *policy, const struct change *change);

/* As root, becomes the service user: files written as root would be files the
 * daemon cannot write. */
int apply_change_as_owner(const struct policy *policy, struct err *e);

/* The state of a policy's settings, read here. NULL after saying why. */
struct state *apply_change_state(struct invocation *invocation,
    const struct policy *policy);
#endif
