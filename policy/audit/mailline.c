/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "policy/audit/mailline.h"

enum { YEAR_FIRST = 1970, YEAR_LAST = 9999 };

static bool
mailline_cut_number(struct slice *rest, size_t digits, long low, long high,
    int *out)
{
	long value;

	if (rest->n < digits ||
	    !slice_int(slice_head(*rest, digits), low, high, &value))
		return false;
	*out = (int)value;
	*rest = slice_from(*rest, digits);
	return true;
}

static bool
mailline_cut_char(struct slice *rest, char c)
{
	if (rest->n == 0 || rest->p[0] != c)
		return false;
	*rest = slice_from(*rest, 1);
	return true;
}

/* "08:00:58". */
static bool
mailline_cut_clock(struct slice *rest, struct tm *tm)
{
	return mailline_cut_number(rest, 2, 0, 23, &tm->tm_hour) &&
	    mailline_cut_char(rest, ':') &&
	    mailline_cut_number(rest, 2, 0, 59, &tm->tm_min) &&
	    mailline_cut_char(rest, ':') &&
	    mailline_cut_number(rest, 2, 0, 60, &tm->tm_sec);
}

/* The first three letters of a month. */
static bool
mailline_cut_month(struct slice *rest, struct tm *tm)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (slice_starts(*rest, (struct slice){ months + 3 * i, 3 })) {
			tm->tm_mon = i;
			*rest = slice_from(*rest, 3);
			return true;
		}
	return false;
}

/* Sets the year that brings tm nearest to clock->near. */
static int64_t
mailline_nearest_year(const struct tm *tm, const struct mailclock *clock)
{
	time_t near = (time_t)(clock->near + clock->offset);
	struct tm around;
	int64_t best = 0, best_away = INT64_MAX;

	if (gmtime_r(&near, &around) == NULL)
		return 0;
	for (int year = around.tm_year - 1; year <= around.tm_year + 1;
	     year++) {
		struct tm one = *tm;
		int64_t at, away;

		one.tm_year = year;
		at = timegm(&one) - clock->offset;
		away = at < clock->near ? clock->near - at : at - clock->near;
		if (away < best_away) {
			best = at;
			best_away = away;
		}
	}
	return best;
}

/* "Nov 26 08:00:58 ", "Nov  6 2026 08:00:58 ". */
static bool
mailline_cut_traditional(struct slice *rest, const struct mailclock *clock,
    int64_t *out)
{
	struct tm tm = { 0 };
	struct slice year;

	if (!mailline_cut_month(rest, &tm) || !mailline_cut_char(rest, ' '))
		return false;
	if (!mailline_cut_number(rest, mailline_cut_char(rest, ' ') ? 1 : 2,
	    1, 31, &tm.tm_mday) || !mailline_cut_char(rest, ' '))
		return false;
	year = slice_head(*rest, slice_find(*rest, ' '));
	if (year.n == 4) {
		if (!mailline_cut_number(rest, 4, YEAR_FIRST, YEAR_LAST,
		    &tm.tm_year) || !mailline_cut_char(rest, ' '))
			return false;
		tm.tm_year -= 1900;
	}
	if (!mailline_cut_clock(rest, &tm) || !mailline_cut_char(rest, ' '))
		return false;
	*out = tm.tm_year != 0 ? timegm(&tm) - clock->offset
	    : mailline_nearest_year(&tm, clock);
	return true;
}

/* "Z", "+01:00", "-0500", or nothing. */
static bool
mailline_cut_zone(struct slice *rest, const struct mailclock *clock,
    long *offset)
{
	int hours, minutes;
	long sign;

	*offset = clock->offset;
	if (mailline_cut_char(rest, 'Z')) {
		*offset = 0;
		return true;
	}
	if (rest->n == 0 || (rest->p[0] != '+' && rest->p[0] != '-'))
		return true;
	sign = rest->p[0] == '-' ? -1 : 1;
	*rest = slice_from(*rest, 1);
	if (!mailline_cut_number(rest, 2, 0, 23, &hours))
		return false;
	mailline_cut_char(rest, ':');
	if (!mailline_cut_number(rest, 2, 0, 59, &minutes))
		return false;
	*offset = sign * (hours * 3600L + minutes * 60L);
	return true;
}

static void
mailline_skip_fraction(struct slice *rest)
{
	if (!mailline_cut_char(rest, '.') && !mailline_cut_char(rest, ','))
		return;
	while (rest->n > 0 && rest->p[0] >= '0' && rest->p[0] <= '9')
		*rest = slice_from(*rest, 1);
}

/* "2026-11-26T08:00:58.123456+01:00 ". */
static bool
mailline_cut_rfc3339(struct slice *rest, const struct mailclock *clock,
    int64_t *out)
{
	struct tm tm = { 0 };
	long offset;

	if (!mailline_cut_number(rest, 4, YEAR_FIRST, YEAR_LAST,
	    &tm.tm_year) || !mailline_cut_char(rest, '-') ||
	    !mailline_cut_number(rest, 2, 1, 12, &tm.tm_mon) ||
	    !mailline_cut_char(rest, '-') ||
	    !mailline_cut_number(rest, 2, 1, 31, &tm.tm_mday) ||
	    !mailline_cut_char(rest, 'T') || !mailline_cut_clock(rest, &tm))
		return false;
	mailline_skip_fraction(rest);
	if (!mailline_cut_zone(rest, clock, &offset) ||
	    !mailline_cut_char(rest, ' '))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*out = timegm(&tm) - offset;
	return true;
}

bool
mailline_cut(struct slice line, const struct mailclock *clock,
    struct mailline *out)
{
	struct slice rest = line, tag;
	size_t n, end;
	long pid;

	assert(clock != NULL && out != NULL);
	if (!mailline_cut_rfc3339(&rest, clock, &out->time)) {
		rest = line;
		if (!mailline_cut_traditional(&rest, clock, &out->time))
			return false;
	}
	out->process = rest;
	n = slice_find(rest, ' ');
	tag = slice_from(rest, n + 1);
	if (n == 0 || n == rest.n)
		return false;
	end = slice_find(tag, '[');
	tag = slice_head(tag, end);
	if (tag.n == 0 || slice_find(tag, ' ') < tag.n)
		return false;
	rest = slice_from(rest, n + 1 + end + 1);
	n = slice_find(rest, ']');
	if (!slice_int(slice_head(rest, n), 1, INT32_MAX, &pid) ||
	    !slice_starts(slice_from(rest, n), SLICE("]: ")))
		return false;
	out->process = slice_head(out->process,
	    (size_t)(rest.p - out->process.p) + n + 1);
	out->daemon = slice_from(tag, slice_rfind(tag, '/') == tag.n ? 0
	    : slice_rfind(tag, '/') + 1);
	out->text = slice_from(rest, n + 3);
	return true;
}
