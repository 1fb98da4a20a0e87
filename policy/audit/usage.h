/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage - how often each exception was needed, by the decision log
 */
#ifndef POLICY_AUDIT_USAGE_H
#define POLICY_AUDIT_USAGE_H

#include <stdint.h>

#include "policy/slice.h"

struct usage;

struct usage_count {
	uint64_t count;                 /* recipients it let by */
	int64_t last;                   /* seconds since 1970; 0: never */
};

/* Counts in the log at path (absent: none), rotated files included, since a
 * time. Returns new; goes with usage_free(). A log that cannot be read counts
 * nothing. */
struct usage *usage_read(struct slice path, int64_t since);
void usage_free(struct usage **usage);
struct usage_count usage_of(const struct usage *usage, struct slice id);
#endif
