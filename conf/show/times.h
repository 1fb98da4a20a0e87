/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * times - points in time as people write and read them
 */
#ifndef CONF_SHOW_TIMES_H
#define CONF_SHOW_TIMES_H

#include <stdint.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

/* Reads "2h", that long before now, or a date as amount_date() does. now and
 * *out are in seconds since 1970. -1 with e filled when it is neither. */
int times_read(struct slice text, int64_t now, int64_t *out, struct err *e);
/* The same for an end: "2h" is that long after now. */
int times_read_end(struct slice text, int64_t now, int64_t *out,
    struct err *e);

enum { TIMES_TEXT = 32 };

/* "2026-03-31 18:00:05" in local time. Returns out. */
const char *times_show(int64_t time, char out[TIMES_TEXT]);
/* How long: "5 minutes", "3 hours", "2 days". Returns out. */
const char *times_show_span(int64_t seconds, char out[TIMES_TEXT]);
#endif
