/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/map/unlisted.h"
#include "tests/cases.h"

static struct unlisted unlisted;
static unsigned lines;
static char last[600];

static void
note(const char *line)
{
	lines++;
	snprintf(last, sizeof(last), "%s", line);
}

static void
report(const char *route, time_t now)
{
	unlisted_report(&unlisted, slice_of(route), now, note);
}

static int
begin(void **state ATTR_UNUSED)
{
	memset(&unlisted, 0, sizeof(unlisted));
	lines = 0;
	return 0;
}

static void
each_route_is_reported_once_a_day(void **state ATTR_UNUSED)
{
	report("[relay.example]:587", 5);
	want_number("the first time", "lines", lines, 1);
	want_that(last, "the route is named",
	    strstr(last, "[relay.example]:587") != NULL);
	report("[relay.example]:587", 86404);
	want_number("within the day", "lines", lines, 1);
	report("[relay.example]:25", 86404);
	want_number("another route", "lines", lines, 2);
	report("[relay.example]:587", 86405);
	want_number("a day later", "lines", lines, 3);
	report("[re\nlay]", 86405);
	want_that(last, "bytes from outside are escaped",
	    strchr(last, '\n') == NULL);
}

/* Whoever writes to user@[192.0.2.1] makes a route. */
static void
too_many_are_reported_as_such(void **state ATTR_UNUSED)
{
	char route[40];

	for (int i = 0; i < UNLISTED_ROUTES + 50; i++) {
		snprintf(route, sizeof(route), "[192.0.2.%d]", i);
		report(route, 5);
	}
	want_number("in a day", "lines", lines, UNLISTED_ROUTES + 1);
	report("[192.0.2.1]", 6);
	want_number("a known one", "lines", lines, UNLISTED_ROUTES + 1);
	report("[192.0.2.149]", 5 + 86400);
	want_number("the next day", "lines", lines, UNLISTED_ROUTES + 2);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(each_route_is_reported_once_a_day, begin),
	cmocka_unit_test_setup(too_many_are_reported_as_such, begin),
};

RUN_TESTS(tests)
