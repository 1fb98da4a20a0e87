/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "milter/base/counters.h"
#include "milter/base/loop.h"
#include "milter/log/decisionlog.h"
#include "milter/log/faults.h"
#include "milter/log/logkeep.h"
#include "milter/map/map.h"
#include "milter/session/message.h"
#include "tests/cases.h"

enum { PAGE = 1 << 17, LINE = 4096 };

static char *page;
static struct map *map;

/* Reads the manual, each run of blanks and newlines as one blank. */
static char *
read_manual(void)
{
	const char *folder = getenv("srcdir");
	char path[512], *text = calloc(1, PAGE);
	size_t n = 0;
	FILE *in;
	int c;

	snprintf(path, sizeof(path), "%s/milter/enforcetlsd.8",
	    folder == NULL ? "." : folder);
	in = fopen(path, "r");
	if (in == NULL || text == NULL)
		fail_msg("%s cannot be read", path);
	while ((c = getc(in)) != EOF && n < PAGE - 1) {
		if (c == '\n')
			c = ' ';
		if (c != ' ' || (n > 0 && text[n - 1] != ' '))
			text[n++] = (char)c;
	}
	fclose(in);
	return text;
}

/* The modules that the daemon registers in enforcetlsd.c and listeners.c. */
static int
set_up(void **state ATTR_UNUSED)
{
	struct err e;

	page = read_manual();
	message_register();
	faults_register();
	if (decisionlog_start(SLICE_NONE, 0, &e) < 0 || logkeep_start(&e) < 0 ||
	    loop_open(&e) < 0)
		fail_msg("%s", e.text);
	map = map_create(loop_base(), NULL);
	return 0;
}

static int
take_down(void **state ATTR_UNUSED)
{
	map_destroy(&map);
	loop_close();
	logkeep_stop(1);
	decisionlog_stop(0);
	free(page);
	return 0;
}

static struct counter *
find(const char *name, size_t n)
{
	for (struct counter *c = counters_first(); c != NULL; c = c->next)
		if (strlen(c->name) == n && memcmp(c->name, name, n) == 0)
			return c;
	return NULL;
}

static void
counters_are_in_the_manual(void **state ATTR_UNUSED)
{
	char row[512];

	for (struct counter *c = counters_first(); c != NULL; c = c->next) {
		snprintf(row, sizeof(row), ".It Li %s %s .", c->name,
		    c->help);
		want_that(c->name, "its row is in the manual",
		    strstr(page, row) != NULL);
	}
}

static void
the_manual_has_no_others(void **state ATTR_UNUSED)
{
	static const char begin[] = ".Ss Counters ", item[] = ".It Li ";
	const char *at = strstr(page, begin), *end;
	int count = 0;

	want_that("the manual", "has a table of counters", at != NULL);
	end = strstr(at, ".El ");
	while ((at = strstr(at, item)) != NULL && at < end) {
		size_t n;

		at += strlen(item);
		n = slice_find(slice_of(at), ' ');
		if (find(at, n) == NULL)
			fail_msg("there is no counter %.*s", (int)n, at);
		count++;
	}
	for (struct counter *c = counters_first(); c != NULL; c = c->next)
		count--;
	want_number("the manual", "rows more than counters", count, 0);
}

/* A row has a sentence, a unique name and a unique series. */
static void
rows_are_whole(void **state ATTR_UNUSED)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz_";

	for (struct counter *c = counters_first(); c != NULL; c = c->next) {
		size_t n = strlen(c->help);

		want_number(c->name, "a name", (long)strspn(c->name, word),
		    (long)strlen(c->name));
		want_number(c->name, "a family", (long)strspn(c->family,
		    word), (long)strlen(c->family));
		want_that(c->name, "help is one sentence",
		    n > 1 && c->help[n - 1] == '.' &&
		    c->help[0] >= 'A' && c->help[0] <= 'Z');
		want_that(c->name, "a total is named one",
		    slice_ends(slice_of(c->family), SLICE("_total")) ==
			(c->kind == COUNTER_TOTAL));
		want_that(c->name, "is registered once",
		    find(c->name, strlen(c->name)) == c);
		for (struct counter *d = c->next; d != NULL; d = d->next)
			want_that(c->name, "is a series of its own",
			    strcmp(c->family, d->family) != 0 ||
				strcmp(c->labels, d->labels) != 0);
	}
}

/* An empty summary, then the largest one. */
static void
the_summary_fits_a_line(void **state ATTR_UNUSED)
{
	char line[LINE];

	want_that("nothing", "no summary", !counters_summary("map", line,
	    sizeof(line)));
	want_text("nothing", "line", line, "map ok=0 notfound=0 temp=0 "
	    "malformed=0 slow=0 connections=0 turned_away=0 open=0 "
	    "published_asked=0 published_cached=0 published_failed=0");
	for (struct counter *c = counters_first(); c != NULL; c = c->next)
		if (c->summary != NULL && c->minor)
			c->value = UINT64_MAX;
	want_that("minor ones", "no summary", !counters_summary("map", line,
	    sizeof(line)));
	for (struct counter *c = counters_first(); c != NULL; c = c->next) {
		c->reported = 0;
		if (c->summary != NULL)
			c->value = UINT64_MAX;
	}
	want_that("all", "a summary", counters_summary("map", line,
	    sizeof(line)));
	want_that("all", "fits", strlen(line) < MAP_SUMMARY);
}

static void
a_register_holds_each_once(void **state ATTR_UNUSED)
{
	int before = 0, after = 0;

	for (struct counter *c = counters_first(); c != NULL; c = c->next)
		before++;
	faults_register();
	for (struct counter *c = counters_first(); c != NULL; c = c->next)
		after++;
	want_number("faults again", "counters", after, before);
	want_that("faults", "are there", before >= FAULT_COUNT);
}

static void
counts_and_differences(void **state ATTR_UNUSED)
{
	struct counter *c = find("no_verify", strlen("no_verify"));

	want_that("no_verify", "is registered", c != NULL);
	want_number("none", "value", (long)counter_value(c), 0);
	fault_count(FAULT_NO_VERIFY);
	fault_count(FAULT_NO_VERIFY);
	want_number("two", "value", (long)counter_value(c), 2);
	want_number("two", "since", (long)counter_since(c), 2);
	fault_count(FAULT_NO_VERIFY);
	want_number("one more", "value", (long)counter_value(c), 3);
	want_number("one more", "since", (long)counter_since(c), 1);
	want_number("no more", "since", (long)counter_since(c), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(counters_are_in_the_manual),
	cmocka_unit_test(the_manual_has_no_others),
	cmocka_unit_test(rows_are_whole),
	cmocka_unit_test(a_register_holds_each_once),
	cmocka_unit_test(counts_and_differences),
	cmocka_unit_test(the_summary_fits_a_line),
};

RUN_TESTS_WITH(tests, set_up, take_down)
