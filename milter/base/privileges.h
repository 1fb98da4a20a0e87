/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * privileges - root until the sockets are bound, and then never again
 */
#ifndef MILTER_BASE_PRIVILEGES_H
#define MILTER_BASE_PRIVILEGES_H

#include "conf/base/unix_user.h"

/* Finds the user to run as: the one named, or the current one, with the name
 * "", when the daemon is not started by root. 0, or -1 with e filled when there
 * is no such user. */
int privileges_find(struct slice user, struct unix_user *out, struct err *e);
/* Finds the id of a group; (gid_t)-1, which changes nothing, when group is
 * absent. 0, or -1 with e filled when there is no such group. */
int privileges_group(struct slice group, gid_t *out, struct err *e);

/* Becomes that user for good, and checks that root cannot be regained. Does
 * nothing when we are not root, or when user is root. 0, or -1 with e
 * filled. */
int privileges_drop(const struct unix_user *user, struct err *e);
#endif
