/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_only_age - how long rules have been in log-only, by the decision log
 */
#ifndef POLICY_AUDIT_LOG_ONLY_AGE_H
#define POLICY_AUDIT_LOG_ONLY_AGE_H

#include "policy/base/lines.h"
#include "policy/vocabulary.h"

struct log_only_age;

/*
 * Reads the lines of a log up to the first record after before (seconds since
 * 1970). Returns new; goes with log_only_age_free(). NULL when the log cannot
 * be read.
 */
struct log_only_age *log_only_age_read(struct lines *log, int64_t before,
    struct err *e);
void log_only_age_free(struct log_only_age **age);

/* The time of the first record of a rule in log-only, in seconds since 1970;
 * 0: there is none, or age is NULL. */
int64_t log_only_age_of(const struct log_only_age *age, struct slice partner,
    enum hop hop);
#endif
