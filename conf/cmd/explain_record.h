/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain_record - explains what is on record: by reference, or by queue id
 */
#ifndef CONF_CMD_EXPLAIN_RECORD_H
#define CONF_CMD_EXPLAIN_RECORD_H

#include "conf/cmd/command.h"
#include "policy/base/arena.h"

/*
 * Finds the records of a reference or queue id in the decision log, rotated
 * files included, and prints how each recipient was treated; for_partner: only
 * what may be sent to the partner's postmaster. FINDINGS when there is none.
 */
enum exit_status explain_record(struct invocation *invocation,
    const struct policy *policy, const char *reference, bool for_partner,
    struct arena *a);
#endif
