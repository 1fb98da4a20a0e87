/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/base/amount.h"
#include "tests/cases.h"

static const struct {
	const char *text;
	long ms;                        /* -1: refused */
} durations[] = {
	{ "500ms", 500 }, { "10s", 10000 }, { "5m", 300000 },
	{ "12h", 43200000 }, { "90d", 90 * 86400000L },
	{ "2w", 14 * 86400000L }, { "0s", 0 }, { "", -1 }, { "10", -1 },
	{ "s", -1 }, { "-1s", -1 }, { "1.5h", -1 }, { "10 s", -1 },
	{ "10S", -1 }, { "10sec", -1 }, { " 10s", -1 }, { "0x10s", -1 },
	{ "9999999999d", -1 }, { "999999999w", 999999999L * 604800000L },
};

static void
test_durations(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(durations); i++) {
		uint64_t ms = 0;
		struct err e;

		if (amount_duration(slice_of(durations[i].text), &ms,
		    &e) < 0)
			want_number(durations[i].text, "ms", -1,
			    durations[i].ms);
		else
			want_number(durations[i].text, "ms", (long)ms,
			    durations[i].ms);
	}
}

static const struct {
	const char *text;
	long bytes;
} sizes[] = {
	{ "0", 0 }, { "1k", 1024 }, { "64m", 64L << 20 }, { "1g", 1L << 30 },
	{ "2t", 2L << 40 }, { "1", -1 }, { "", -1 }, { "g", -1 },
	{ "1G", -1 }, { "1gb", -1 }, { "-1g", -1 }, { "00", -1 },
};

static void
test_sizes(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		uint64_t bytes = 0;
		struct err e;

		if (amount_size(slice_of(sizes[i].text), &bytes, &e) < 0)
			want_number(sizes[i].text, "bytes", -1,
			    sizes[i].bytes);
		else
			want_number(sizes[i].text, "bytes", (long)bytes,
			    sizes[i].bytes);
	}
}

/* Central Europe changes its clocks at 2026-03-29T02:00 and
 * 2026-10-25T03:00. */
static const struct {
	const char *label, *zone, *text;
	long when;
	const char *problem;            /* part of it; NULL: none */
} dates[] = {
	{ "to the end of the day", "UTC0", "2026-03-31", 1775001600, NULL },
	{ "a minute", "UTC0", "2026-03-31T18:00", 1774980000, NULL },
	{ "midnight", "UTC0", "2026-03-31T00:00", 1774915200, NULL },
	{ "local time", "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-31",
	    1774994400, NULL },
	{ "the day that the clocks change",
	    "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29", 1774821600, NULL },
	{ "a minute that is skipped", "CET-1CEST,M3.5.0,M10.5.0/3",
	    "2026-03-29T02:30", 0, "does not exist" },
	{ "a leap day", "UTC0", "2028-02-29", 1835481600, NULL },
	{ "no leap day", "UTC0", "2026-02-29", 0, "calendar" },
	{ "no such day", "UTC0", "2026-04-31", 0, "calendar" },
	{ "no such month", "UTC0", "2026-13-01", 0, "calendar" },
	{ "month zero", "UTC0", "2026-00-10", 0, "calendar" },
	{ "day zero", "UTC0", "2026-01-00", 0, "calendar" },
	{ "hour 24", "UTC0", "2026-01-01T24:00", 0, "does not exist" },
	{ "minute 60", "UTC0", "2026-01-01T23:60", 0, "does not exist" },
	{ "seconds", "UTC0", "2026-01-01T23:00:00", 0, "not a date" },
	{ "German", "UTC0", "31.03.2026", 0, "not a date" },
	{ "short", "UTC0", "26-03-31", 0, "not a date" },
	{ "empty", "UTC0", "", 0, "not a date" },
	{ "a blank before", "UTC0", " 2026-03-31", 0, "not a date" },
};

static void
test_dates(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(dates); i++) {
		time_t when = 0;
		struct err e = { .text = "" };
		bool good;

		setenv("TZ", dates[i].zone, 1);
		tzset();
		good = amount_date(slice_of(dates[i].text), &when, &e) == 0;
		want_that(dates[i].label, "accepted or refused as it should",
		    good == (dates[i].problem == NULL));
		if (good)
			want_number(dates[i].label, "time", (long)when,
			    dates[i].when);
		else
			want_that(dates[i].label, dates[i].problem,
			    strstr(e.text, dates[i].problem) != NULL);
	}
}

static void
test_durations_for_people(void **state ATTR_UNUSED)
{
	static const struct {
		int64_t seconds;
		const char *shown;
	} spans[] = {
		{ 0, "0 seconds" }, { 1, "1 second" }, { 36, "36 seconds" },
		{ 119, "119 seconds" }, { 120, "2 minutes" },
		{ 3600, "60 minutes" }, { 7199, "119 minutes" },
		{ 7200, "2 hours" }, { 86400, "24 hours" },
		{ 2 * 86400 - 1, "47 hours" }, { 2 * 86400, "2 days" },
		{ 90 * 86400, "90 days" }, { -5, "-5 seconds" },
	};

	for (size_t i = 0; i < COUNT_OF(spans); i++) {
		char out[AMOUNT_TEXT];

		want_text("duration", "shown",
		    amount_show_duration(spans[i].seconds, out),
		    spans[i].shown);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_durations_for_people),
	cmocka_unit_test(test_durations),
	cmocka_unit_test(test_sizes),
	cmocka_unit_test(test_dates),
};

RUN_TESTS(tests)
