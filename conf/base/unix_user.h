/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unix_user - a user of this host, whom root acts as
 *
 * Names in a folder of that user's are theirs to exchange. A link there must
 * not lead root to a file that this user may not read or write. As anybody but
 * root, these functions change nothing.
 */
#ifndef CONF_BASE_UNIX_USER_H
#define CONF_BASE_UNIX_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

struct unix_user {
	uid_t uid;
	gid_t gid;
	char name[64];                  /* "": without one; it has no groups
	                                 * but gid */
};

/* Finds the user of that name. */
bool unix_user_find(struct slice name, struct unix_user *out);

/* What root was before. */
struct unix_user_before {
	bool entered;
	gid_t gid;
	int count;
	gid_t *groups;                  /* owns */
};

/* Becomes that user until unix_user_leave(); root stays root. All threads
 * become that user. 0; -1 with e filled: nothing has changed. *before is set in
 * either case. */
int unix_user_enter(const struct unix_user *user,
    struct unix_user_before *before, struct err *e);
/* Becomes what it was before; after a failure to enter, does nothing. */
void unix_user_leave(struct unix_user_before *before);

/* Becomes that user until the end of the process; who started it stays known as
 * the real user. 0; -1 with e filled: end it. */
int unix_user_assume(const struct unix_user *user, struct err *e);
#endif
