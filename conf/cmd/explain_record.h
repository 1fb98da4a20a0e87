/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain_record - explains what is on record: by reference, or by queue id
 */
#ifndef CONF_CMD_EXPLAIN_RECORD_H
#define CONF_CMD_EXPLAIN_RECORD_H

#include "conf/cmd/command.h"
#include "policy/base/arena.h"

/* Whether `explain` was given a reference and not a made-up session. */
bool explain_record_is_asked(const struct invocation *invocation);

/*
 * Finds the records in the decision log, rotated files included, and prints
 * how each recipient was treated; with --for-partner only what may be sent to
 * the partner's postmaster. FINDINGS when there is no such reference.
 */
enum answer explain_record(struct invocation *invocation,
    const struct policy *policy, struct arena *a);
#endif
