/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * search - the records of a reference or a queue id, out of the decision log
 */
#ifndef CONF_CMD_SEARCH_H
#define CONF_CMD_SEARCH_H

#include "conf/cmd/command.h"
#include "policy/audit/recorded.h"

struct search {
	struct slice wanted;            /* a reference, or a queue id */
	struct arena *arena;
	struct recorded **list;         /* in the order they were written */
	size_t count;
	bool more;                      /* more than are kept */
	bool incomplete;                /* a file could not be read whole,
	                                 * which was said */
	/* Of all records, by MTA: whether clients show certificates at all. */
	struct {
		unsigned long sessions; /* over TLS */
		bool certificate;       /* one of them had a certificate */
	} tls[MTA_COUNT];
};

/* Reads the log at path, rotated files included. -1 when it cannot. */
int search_log(struct invocation *invocation, struct slice path,
    struct slice wanted, struct arena *a, struct search *out, struct err *e);
#endif
