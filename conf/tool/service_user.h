/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * service_user - root acts as the daemon's user in that user's folders
 */
#ifndef CONF_TOOL_SERVICE_USER_H
#define CONF_TOOL_SERVICE_USER_H

#include "conf/base/unix_user.h"
#include "policy/policy.h"

/* Becomes the user of policy until unix_user_leave(). Where there is no such
 * user, the owner of the state folder. As unix_user_enter(). */
int service_user_enter(const struct policy *policy,
    struct unix_user_before *before, struct err *e);

/* Adds to a permission that was denied for the state, in e, who may read it, or
 * why root may not. Another e stays as it is. */
void service_user_name_readers(const struct policy *policy, struct err *e);
/* The same for a change of the state. */
void service_user_name_writers(const struct policy *policy, struct err *e);

/* Becomes the user until the end of the process, so that the daemon can use
 * what is written. 0, or -1 with e filled, also when there is no such user. */
int service_user_become(const struct policy *policy, struct err *e);
#endif
