/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * whatif - recorded decisions judged again under another policy
 *
 * By the same judge on the same evidence. A recipient whose outcome rests on
 * something that is not recorded is counted as cannot_tell, never as passed
 * and never as refused.
 *
 * A pause is no part of a policy, and ends by itself: all is judged as without
 * one, and what only a pause had let pass is counted apart.
 */
#ifndef POLICY_AUDIT_WHATIF_H
#define POLICY_AUDIT_WHATIF_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/audit/recorded.h"
#include "policy/audit/tally.h"
#include "policy/base/lines.h"

struct whatif;

enum { WHATIF_TOP = 5, WHATIF_TEXT = 128 };

/* One hop of a partner under the new policy. */
struct whatif_row {
	const char *partner;            /* borrows from the whatif; "" for
	                                 * decisions without a row */
	enum hop hop;
	uint64_t judged;                /* recipients judged by its rule */
	uint64_t newly_refused;
	uint64_t newly_passed;
	uint64_t cannot_tell;
	uint64_t paused;                /* recipients that it refuses, and
	                                 * that a pause had let pass */
	uint64_t idle;                  /* recipients that fail it, and are
	                                 * not refused as it does not act */
	uint64_t by_reason[REASON_COUNT];       /* of the newly refused */
	struct tally_top senders[WHATIF_TOP];   /* newly refused */
	size_t sender_count;
	struct tally_top clients[WHATIF_TOP];   /* newly refused */
	size_t client_count;
	struct tally_top idle_clients[WHATIF_TOP];
	size_t idle_client_count;
};

struct whatif_totals {
	uint64_t recipients;
	uint64_t newly_refused;
	uint64_t newly_passed;
	uint64_t cannot_tell;
	uint64_t paused;                /* recipients that would be refused,
	                                 * and that a pause had let pass */
	uint64_t idle;                  /* recipients that fail a rule which
	                                 * does not act */
	uint64_t unasked;               /* recipients that no rule covered
	                                 * when they were recorded */
	uint64_t skipped;               /* lines that are no decision */
};

/* Returns new; goes with whatif_destroy(). Borrows policy until then. */
struct whatif *whatif_create(const struct policy *policy);
void whatif_destroy(struct whatif **whatif);

/* Adds a line of the log. The records of one recipient share a reference and
 * are judged together. */
void whatif_line(struct whatif *whatif, struct slice line);
/* Adds the lines of a log that are not older than since (seconds since 1970;
 * 0: all). -1 when they cannot be read to the end. */
int whatif_read(struct whatif *whatif, struct lines *log, int64_t since,
    struct err *e);
/* Call it after the last line: judges the recipients that still wait. */
void whatif_end(struct whatif *whatif);

struct whatif_totals whatif_totals(const struct whatif *whatif);
/* Calls visit for each row, by name and hop. row borrows for the call. */
void whatif_each(struct whatif *whatif,
    void (*visit)(const struct whatif_row *row, void *data), void *data);
#endif
