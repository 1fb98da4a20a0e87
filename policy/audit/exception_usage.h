/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exception_usage - how often each exception was needed, by the decision log
 */
#ifndef POLICY_AUDIT_EXCEPTION_USAGE_H
#define POLICY_AUDIT_EXCEPTION_USAGE_H

#include <stdint.h>

#include "policy/base/lines.h"

struct exception_usage;

struct exception_uses {
	uint64_t count;                 /* recipients it was needed for */
	int64_t last;                   /* seconds since 1970; 0: never */
};

/*
 * Counts in the lines of a log, from since (seconds since 1970). Returns new;
 * goes with exception_usage_free(). NULL when the log cannot be read to its
 * end, because an exception may be needed in the rest.
 */
struct exception_usage *exception_usage_read(struct lines *log, int64_t since,
    struct err *e);
void exception_usage_free(struct exception_usage **usage);
/* All 0 for an id that was not needed, or is absent. */
struct exception_uses exception_usage_of(const struct exception_usage *usage,
    struct slice id);
#endif
