/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_only_age - since when rules have been in log-only, by the decision log
 */
#ifndef POLICY_AUDIT_LOG_ONLY_AGE_H
#define POLICY_AUDIT_LOG_ONLY_AGE_H

#include "policy/audit/logreader.h"
#include "policy/vocabulary.h"

struct log_only_age;

/*
 * Reads the log at path, rotated files included, up to its first record that
 * is younger than before: what has no older record is not found. Returns new;
 * goes with log_only_age_free(). NULL when there is no log or it cannot be
 * read.
 */
struct log_only_age *log_only_age_read(struct slice path, int64_t before,
    logreader_step_fn *step, void *data, struct err *e);
void log_only_age_free(struct log_only_age **oldest);

/* The oldest record of a rule in log-only, seconds since 1970; 0: none. */
int64_t log_only_age_of(const struct log_only_age *oldest, struct slice partner,
    enum hop hop);
#endif
