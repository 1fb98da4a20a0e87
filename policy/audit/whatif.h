/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * whatif - recorded decisions judged again under another policy
 *
 * By the same judge on the same evidence. What a record does not hold, the
 * new policy cannot have asked: that is counted apart, never as a pass and
 * never as a refusal.
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

enum { WHATIF_SENDERS = 5, WHATIF_TEXT = 128 };

/* One partner's hop under the new policy. */
struct whatif_row {
	const char *partner;            /* borrows; "" for no row */
	enum hop hop;
	uint64_t judged;                /* recipients its rule was asked of */
	uint64_t newly_refused;
	uint64_t newly_passed;
	uint64_t cannot_tell;
	uint64_t by_reason[REASON_COUNT];       /* of the newly refused */
	struct tally_top top[WHATIF_SENDERS];   /* senders */
	size_t top_count;
};

struct whatif_totals {
	uint64_t recipients;
	uint64_t newly_refused;
	uint64_t newly_passed;
	uint64_t cannot_tell;
	uint64_t unasked;               /* recipients no rule asked about */
	uint64_t skipped;               /* lines that are no decision */
};

/* Returns new; goes with whatif_destroy(). Borrows policy. */
struct whatif *whatif_create(const struct policy *policy);
void whatif_destroy(struct whatif **whatif);

/* Counts a line of the log in. The records of one recipient share a
 * reference and are judged together. */
void whatif_line(struct whatif *whatif, struct slice line);
/* Counts in the lines of a log that are not older than since (seconds since
 * 1970; 0: all). -1 when they cannot be read to the end. */
int whatif_read(struct whatif *whatif, struct lines *log, int64_t since,
    struct err *e);
/* After the last line: judges what was still being gathered. */
void whatif_end(struct whatif *whatif);

struct whatif_totals whatif_totals(const struct whatif *whatif);
/* Calls visit for each row that has anything to tell, by name and hop. */
void whatif_each(struct whatif *whatif,
    void (*visit)(const struct whatif_row *row, void *data), void *data);
#endif
