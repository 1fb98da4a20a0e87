/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "milter/reload/diskcheck.h"
#include "tests/cases.h"

static char path[] = "/tmp/test_watch.XXXXXX";

static void
append(const char *text)
{
	FILE *f = fopen(path, "a");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
test_standing(void **unused)
{
	const struct slice file = slice_of(path);
	const struct policy policy = { .files = { &file, 1 } };
	char came[64];

	(void)unused;
	watch_set(path, &policy, INT64_MAX);
	want_text("read", "standing", watch_standing(), "loaded");
	append("x");
	want_text("written", "standing", watch_standing(), "changed");
	want_that("written", "told", watch_changed(came, sizeof(came)));
	want_text("told", "standing", watch_standing(), "changed");
	watch_set(path, NULL, INT64_MAX);
	want_text("does not load", "standing", watch_standing(), "broken");
	append("y");
	want_text("written again", "standing", watch_standing(), "changed");
	watch_set(path, &policy, INT64_MAX);
	want_text("loaded", "standing", watch_standing(), "loaded");
	unlink(path);
	want_text("removed", "standing", watch_standing(), "changed");
	watch_clear();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standing),
	};
	int fd = mkstemp(path);

	if (fd == -1)
		return 99;
	close(fd);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
