/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * on_host - what a policy names that this host does not have
 *
 * A file that loads may name a folder, a user or a group that is not there, by
 * a slip or because the disk is not mounted. The daemon then loses its
 * exceptions, or does not start.
 */
#ifndef CONF_TOOL_ON_HOST_H
#define CONF_TOOL_ON_HOST_H

#include "conf/syntax/problems.h"
#include "policy/policy.h"

/*
 * Adds a warning for each to problems, for the file at path. is_used: it is the
 * file that the daemon of this host reads. Of another one, which may be meant
 * for another host, only a state folder that it names itself is looked at.
 * Looks as the user who owns the state when it may.
 */
void on_host_review(const struct policy *policy, const char *path,
    bool is_used, struct problems *problems);
#endif
