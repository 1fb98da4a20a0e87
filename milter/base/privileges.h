/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * privileges - root until the sockets are bound, and then never again
 */
#ifndef MILTER_BASE_PRIVILEGES_H
#define MILTER_BASE_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

/* A user of this host. */
struct unix_user {
	uid_t uid;
	gid_t gid;
	char name[64];                  /* "" when we are not root */
};

/* Finds the user to run as: the one named, or the current one when the daemon
 * is not started by root. 0, or -1 with e filled when there is no such user. */
int privileges_find(struct slice user, struct unix_user *out, struct err *e);
/* Finds the id of a group; (gid_t)-1, which changes nothing, when group is
 * absent. 0, or -1 with e filled when there is no such group. */
int privileges_group(struct slice group, gid_t *out, struct err *e);

/* What root was before. */
struct privileges_before {
	bool entered;
	gid_t gid;
	int count;
	gid_t *groups;                  /* owns */
};

/* Becomes that user, to read in a folder of theirs, until privileges_leave().
 * Does nothing when we are not root, or when user is root. 0, or -1 with e
 * filled; *before is set in either case. All threads become that user. */
int privileges_enter(const struct unix_user *user,
    struct privileges_before *before, struct err *e);
void privileges_leave(struct privileges_before *before);

/* Becomes that user for good, and checks that root cannot be regained. Does
 * nothing when we are not root, or when user is root. 0, or -1 with e
 * filled. */
int privileges_drop(const struct unix_user *user, struct err *e);
#endif
