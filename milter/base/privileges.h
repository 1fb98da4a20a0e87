/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * privileges - root only to bind, then never again
 */
#ifndef MILTER_BASE_PRIVILEGES_H
#define MILTER_BASE_PRIVILEGES_H

#include <sys/types.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

struct identity {
	uid_t uid;
	gid_t gid;
	char name[64];
};

/* Who the daemon is to be: the user named, or, when not started by root,
 * whoever runs it. -1 when there is no such user. */
int privileges_find(struct slice user, struct identity *out, struct err *e);
/* The number of a group; absent: (gid_t)-1, which leaves it as it is. */
int privileges_group(struct slice group, gid_t *out, struct err *e);

/* Becomes that user for good, and checks that it cannot come back. Nothing
 * to do when not root. */
int privileges_drop(const struct identity *identity, struct err *e);
#endif
