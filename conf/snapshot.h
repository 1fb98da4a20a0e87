/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * snapshot - the policy in force, counted and swapped whole
 *
 * A message takes the current one at its first recipient and drops it at its
 * end, so no message is judged by two tables. The last to drop an old one
 * gives its memory back.
 */
#ifndef CONF_SNAPSHOT_H
#define CONF_SNAPSHOT_H

#include "policy/policy.h"

struct snapshot;

/* The one in force, counted for the caller; NULL before the first. */
struct snapshot *snapshot_take(void);
void snapshot_drop(struct snapshot **snapshot);
const struct policy *snapshot_policy(const struct snapshot *snapshot);

/* Puts policy in force. Takes it; the old one lives on with its users.
 * NULL clears, at the end of the process. */
void snapshot_publish(struct policy *policy);
#endif
