/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * amount - durations, sizes, dates as people write them
 *
 * They are strings with a unit: libconfig wraps numbers past 32 bits, and
 * "90" alone could be days or seconds. A text that is none of these returns
 * -1 with e filled; the output is written only on success.
 */
#ifndef CONF_BASE_AMOUNT_H
#define CONF_BASE_AMOUNT_H

#include <stdint.h>
#include <time.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

/* "500ms", "10s", "5m", "12h", "90d", "2w"; *ms is in milliseconds. */
int amount_duration(struct slice text, uint64_t *ms, struct err *e);
enum { AMOUNT_TEXT = 32 };

/* How long, for people: "36 seconds", "5 minutes", "3 hours", "2 days", rounded
 * down, in a unit of which there are two at least. Returns out. */
const char *amount_show_duration(int64_t seconds, char out[AMOUNT_TEXT]);
/* "0", "512k", "100m", "1g": powers of 1024; *bytes is in bytes. */
int amount_size(struct slice text, uint64_t *bytes, struct err *e);
/*
 * "2026-03-31" is the end of that day, "2026-03-31T18:00" that minute, both
 * in local time; *out is in seconds since 1970. A date that is not in the
 * calendar is refused, as is a minute that the change to summer time skips.
 */
int amount_date(struct slice text, time_t *out, struct err *e);
#endif
