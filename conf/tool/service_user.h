/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * service_user - root acts as the daemon's user in that user's folders
 *
 * Names in the state folder are the daemon's user's to exchange. A link there
 * must not lead root to a file that this user may not read or write. As anybody
 * but root, these functions do nothing.
 */
#ifndef CONF_TOOL_SERVICE_USER_H
#define CONF_TOOL_SERVICE_USER_H

#include <sys/types.h>

#include "policy/base/err.h"
#include "policy/policy.h"

/* What root was before. */
struct service_user {
	bool entered;
	gid_t gid;
	int count;
	gid_t *groups;                  /* owns */
};

/* Becomes the user until service_user_leave(); one thread only. Where there is
 * no such user, the owner of the state folder. 0, or -1 with e filled; *before
 * is set in either case. */
int service_user_enter(const struct policy *policy,
    struct service_user *before, struct err *e);
void service_user_leave(struct service_user *before);

/* Becomes the user until the end of the process, so that the daemon can use
 * what is written. 0, or -1 with e filled, also when there is no such user. */
int service_user_become(const struct policy *policy, struct err *e);
#endif
