/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain_record - what the decision log records of one message
 */
#ifndef CONF_TOOL_EXPLAIN_RECORD_H
#define CONF_TOOL_EXPLAIN_RECORD_H

#include "conf/tool/command.h"
#include "policy/base/arena.h"

/* What of a message is asked for. */
struct record_wish {
	const char *reference;          /* a reference, the whole reply it is
	                                 * in, or a queue id */
	bool for_partner;               /* only what may be sent to the
	                                 * partner's postmaster */
	const char *mail_log;           /* see mail_log_answer() */
};

/*
 * Finds the records of wish in the decision log, rotated files included, and
 * prints how each recipient was treated. state, which may be NULL, is that of
 * policy. Texts are put in a. STATUS_FINDINGS when there is no such record, or
 * a recipient was refused or deferred; STATUS_FAILED when the log cannot be
 * read.
 */
enum exit_status explain_record(struct invocation *invocation,
    const struct policy *policy, const struct state *state,
    const struct record_wish *wish, struct arena *a);
#endif
