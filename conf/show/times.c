/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "conf/base/amount.h"
#include "conf/show/times.h"

/* A date, or an error that shows how to write a time: ago or ahead. */
static int
times_read_date(struct slice text, const char *how, int64_t *out,
    struct err *e)
{
	char shown[64];
	time_t date;

	/* A date has its own errors, such as one that is in no calendar. */
	if (amount_date(text, &date, e) == 0) {
		*out = date;
		return 0;
	}
	if (slice_find(text, '-') < text.n)
		return -1;
	slice_show(text, shown, sizeof(shown));
	return err_set(e, "\"%s\" is no time: write %s, or a date such as "
	    "2026-03-31 or 2026-03-31T18:00", shown, how);
}

/* A date, or a duration that is counted from now: back with way -1. */
static int
times_read_from(struct slice text, int64_t now, int way, const char *how,
    int64_t *out, struct err *e)
{
	uint64_t ms;

	if (amount_duration(text, &ms, e) < 0)
		return times_read_date(text, how, out, e);
	*out = now + way * (int64_t)(ms / 1000);
	return 0;
}

int
times_read(struct slice text, int64_t now, int64_t *out, struct err *e)
{
	return times_read_from(text, now, -1,
	    "how long ago, such as 2h or 30d", out, e);
}

int
times_read_end(struct slice text, int64_t now, int64_t *out, struct err *e)
{
	return times_read_from(text, now, 1, "how long, such as 8h or 3d", out,
	    e);
}

const char *
times_show(int64_t time, char out[TIMES_TEXT])
{
	time_t t = (time_t)time;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(out, TIMES_TEXT, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(out, TIMES_TEXT, "-");
	return out;
}

const char *
times_show_span(int64_t seconds, char out[TIMES_TEXT])
{
	static_assert((int)TIMES_TEXT >= (int)AMOUNT_TEXT,
	    "a span does not fit");

	return amount_show_duration(seconds, out);
}
