/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * search - the records of one reference or queue id in the decision log
 */
#ifndef CONF_TOOL_SEARCH_H
#define CONF_TOOL_SEARCH_H

#include "conf/tool/command.h"
#include "policy/audit/recorded.h"

struct search {
	struct slice wanted;            /* a reference, or a queue id */
	struct arena *arena;            /* borrows; holds the records */
	struct recorded **list;         /* in the order they were written */
	size_t count;
	bool truncated;                 /* there are more than the list has */
	bool incomplete;                /* a file could not be read to its end,
	                                 * which was reported */
	/* Of all records, by MTA: whether clients present certificates. Only
	 * for a dialect with a no_certificate_hint. */
	struct {
		unsigned long sessions; /* with TLS; until the first
		                         * certificate */
		bool certificate;       /* one of them had a certificate */
	} tls[MTA_COUNT];
};

/* Reads the log at path, rotated files included, into *out, whose list is in a
 * and which borrows wanted. -1 with e filled when the log cannot be opened. */
int search_log(struct invocation *invocation, struct slice path,
    struct slice wanted, struct arena *a, struct search *out, struct err *e);
#endif
