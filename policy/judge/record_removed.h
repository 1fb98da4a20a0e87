/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record_removed - the record that a file of the log is removed for its age
 *
 * It has the digests at both ends of the file, so that the chain can be
 * followed over the gap, and sums over all files that were removed one after
 * the other: the last such record is enough.
 */
#ifndef POLICY_JUDGE_RECORD_REMOVED_H
#define POLICY_JUDGE_RECORD_REMOVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/slice.h"

enum { REMOVED_DIGEST = 64, REMOVED_NAME = 256 };

/* Lines that are gone. */
struct removed_span {
	uint64_t lines;
	int64_t first, last;            /* times, seconds since 1970 */
	/* Of the line before them; "": they begin the log. */
	char before[REMOVED_DIGEST + 1];
};

struct record_removed {
	char name[REMOVED_NAME];        /* of the file, without its folder */
	char end[REMOVED_DIGEST + 1];   /* digest of its last line */
	struct removed_span file;
	struct removed_span all;        /* of it and of those before it that
	                                 * were removed too */
};

/* Fills removed->all, from the record before, whose name may be "". */
void record_removed_sum(struct record_removed *removed,
    const struct record_removed *before);

/* Writes the object without its end, as record_json() does. LIMIT_DECISION
 * always fits. Returns the length. */
size_t record_removed_json(int64_t time_ms,
    const struct record_removed *removed, char *out, size_t size);
#endif
