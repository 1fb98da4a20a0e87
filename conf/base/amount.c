/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdbool.h>

#include "conf/base/amount.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit durations[] = {
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60 * 1000 },
	{ "h", 3600 * 1000 },
	{ "d", 24 * 3600 * 1000 },
	{ "w", 7 * 24 * 3600 * 1000ull },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "k", 1ull << 10 },
	{ "m", 1ull << 20 },
	{ "g", 1ull << 30 },
	{ "t", 1ull << 40 },
	{ NULL, 0 },
};

/* With more digits the number times its factor could pass 64 bits. */
enum { DIGITS = 9 };

/* Whether text is a number with one of units, which end with a NULL name. */
static bool
amount_of(struct slice text, const struct unit *units, uint64_t *out)
{
	size_t n = 0;
	long number;

	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	if (n > DIGITS ||
	    !slice_int(slice_head(text, n), 0, 999999999, &number))
		return false;
	for (; units->name != NULL; units++)
		if (slice_eq(slice_from(text, n), slice_of(units->name))) {
			*out = (uint64_t)number * units->factor;
			return true;
		}
	return false;
}

int
amount_duration(struct slice text, uint64_t *ms, struct err *e)
{
	char shown[64];

	if (amount_of(text, durations, ms))
		return 0;
	slice_show(text, shown, sizeof(shown));
	return err_set(e, "\"%s\" is not a duration: write a number with ms, "
	    "s, m, h, d or w, such as \"10s\" or \"90d\"", shown);
}

int
amount_size(struct slice text, uint64_t *bytes, struct err *e)
{
	char shown[64];

	if (slice_eq(text, SLICE("0"))) {
		*bytes = 0;
		return 0;
	}
	if (amount_of(text, sizes, bytes))
		return 0;
	slice_show(text, shown, sizeof(shown));
	return err_set(e, "\"%s\" is not a size: write a number with k, m, g "
	    "or t, such as \"1g\"", shown);
}

/* The n digits at an offset of a text whose shape has been checked. */
static int
amount_digits_at(struct slice text, size_t offset, size_t n)
{
	long number = -1;

	slice_int(slice_head(slice_from(text, offset), n), 0, 9999, &number);
	assert(number >= 0);
	return (int)number;
}

/* Whether text is shape with any digit in place of each 0. */
static bool
amount_has_shape(struct slice text, const char *shape)
{
	if (text.n != strlen(shape))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		bool digit = text.p[i] >= '0' && text.p[i] <= '9';

		if (shape[i] == '0' ? !digit : text.p[i] != shape[i])
			return false;
	}
	return true;
}

static int
amount_wrong_date(struct slice text, const char *why, struct err *e)
{
	char shown[64];

	slice_show(text, shown, sizeof(shown));
	return err_set(e, "\"%s\" %s", shown, why);
}

int
amount_date(struct slice text, time_t *out, struct err *e)
{
	bool whole_day = amount_has_shape(text, "0000-00-00");
	struct tm want, got;            /* got: as mktime(3) corrects it */
	time_t when;

	if (!whole_day && !amount_has_shape(text, "0000-00-00T00:00"))
		return amount_wrong_date(text,
		    "is not a date: write 2026-03-31 or 2026-03-31T18:00",
		    e);
	memset(&want, 0, sizeof(want));
	want.tm_year = amount_digits_at(text, 0, 4) - 1900;
	want.tm_mon = amount_digits_at(text, 5, 2) - 1;
	want.tm_mday = amount_digits_at(text, 8, 2) + (whole_day ? 1 : 0);
	want.tm_hour = whole_day ? 0 : amount_digits_at(text, 11, 2);
	want.tm_min = whole_day ? 0 : amount_digits_at(text, 14, 2);
	want.tm_isdst = -1;
	got = want;
	if (whole_day)
		got.tm_mday--;
	got.tm_hour = 12;       /* clocks are never changed at noon */
	mktime(&got);
	if (got.tm_mday != amount_digits_at(text, 8, 2) ||
	    got.tm_mon != want.tm_mon)
		return amount_wrong_date(text, "is not in the calendar", e);
	got = want;
	when = mktime(&got);
	if (!whole_day && (got.tm_hour != want.tm_hour ||
	    got.tm_min != want.tm_min || want.tm_hour > 23))
		return amount_wrong_date(text, "is a time that does not exist "
		    "on that day",
		    e);
	if (when == (time_t)-1)
		return amount_wrong_date(text, "is too far away", e);
	*out = when;
	return 0;
}

const char *
amount_show_duration(int64_t seconds, char out[AMOUNT_TEXT])
{
	static const struct {
		int64_t least;
		int64_t unit;
		const char *name;
	} units[] = {
		{ 2 * 86400, 86400, "days" },
		{ 2 * 3600, 3600, "hours" },
		{ 2 * 60, 60, "minutes" },
		{ INT64_MIN, 1, "seconds" },
	};
	size_t i = 0;

	while (seconds < units[i].least)
		i++;
	snprintf(out, AMOUNT_TEXT, "%lld %s",
	    (long long)(seconds / units[i].unit),
	    seconds == 1 ? "second" : units[i].name);
	return out;
}
