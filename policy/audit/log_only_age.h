/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oldest - since when rules have been in log-only, by the decision log
 */
#ifndef POLICY_AUDIT_LOG_ONLY_AGE_H
#define POLICY_AUDIT_LOG_ONLY_AGE_H

#include "policy/audit/logreader.h"
#include "policy/vocabulary.h"

struct oldest;

/*
 * Reads the log at path, rotated files included, up to its first record that
 * is younger than before: what has no older record is not found. Returns new;
 * goes with oldest_free(). NULL when there is no log or it cannot be read.
 */
struct oldest *oldest_read(struct slice path, int64_t before,
    logreader_step_fn *step, void *data, struct err *e);
void oldest_free(struct oldest **oldest);

/* The oldest record of a rule in log-only, seconds since 1970; 0: none. */
int64_t oldest_of(const struct oldest *oldest, struct slice partner,
    enum hop hop);
#endif
