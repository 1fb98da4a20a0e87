/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explained - one recipient's treatment, printed step by step
 *
 * The same pages for a session that never was and for one on record.
 */
#ifndef CONF_CMD_EXPLAINED_H
#define CONF_CMD_EXPLAINED_H

#include "conf/cmd/command.h"
#include "policy/explanation.h"

struct explained {
	const struct policy *policy;
	const struct attempt *attempt;
	struct arena *arena;
	const char *mta;                /* "postfix" */
	bool mta_assumed;
	const bool *assumed;            /* by macro: not typed but added;
	                                 * NULL: none was */
	struct ruling ruling;
	struct ruling enforced;         /* as in mode enforce */
	struct explained_name *names;
	size_t name_count;
	/* Of one on record: when, what became of it, what the client was
	 * told, and what must be known to read this. NULL: made up. */
	const char *when;
	const char *outcome;
	const char *told;
	const char *note;
};

/* Text or JSON, as was asked for. */
void explained_print(const struct explained *x,
    const struct invocation *invocation);
#endif
