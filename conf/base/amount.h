/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * amount - durations, sizes, dates as people write them
 *
 * Strings with a unit, because libconfig wraps numbers past 32 bits and "90"
 * says neither days nor seconds.
 */
#ifndef CONF_BASE_AMOUNT_H
#define CONF_BASE_AMOUNT_H

#include <stdint.h>
#include <time.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

/* "500ms", "10s", "5m", "12h", "90d", "2w". */
int amount_duration(struct slice text, uint64_t *ms, struct err *e);
/* "0", "512k", "100m", "1g": powers of 1024. */
int amount_size(struct slice text, uint64_t *bytes, struct err *e);
/*
 * "2026-03-31": until the end of that day, local time; "2026-03-31T18:00":
 * that minute. *out is UTC. A date that no calendar has, or a minute that
 * the change to summer time skips, is refused.
 */
int amount_date(struct slice text, time_t *out, struct err *e);
#endif
