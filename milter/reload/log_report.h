/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_report - what `status` prints about the decision log
 */
#ifndef MILTER_RELOAD_LOG_REPORT_H
#define MILTER_RELOAD_LOG_REPORT_H

#include <jansson.h>

#include "policy/policy.h"

/* Adds log_scope, what is recorded at now (seconds since 1970), log_keep and
 * log_oldest, the time of the oldest record in a rotated file, to answer;
 * nothing when nothing is recorded. policy may be NULL. */
void log_report_add(json_t *answer, const struct policy *policy, int64_t now);
#endif
