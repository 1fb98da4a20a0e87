/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "milter/reload/diskcheck.h"
#include "tests/folder.h"

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
test_words(void **unused ATTR_UNUSED)
{
	const struct slice file = slice_of(path);
	const struct policy policy = { .files = { &file, 1 } };
	char came[64];

	diskcheck_set(path, &policy, INT64_MAX);
	want_text("read", "state", diskcheck_word(), "loaded");
	append("x");
	want_text("written", "state", diskcheck_word(), "changed");
	want_that("written", "a change is reported",
	    diskcheck_changed(came, sizeof(came)));
	want_text("reported", "state", diskcheck_word(), "changed");
	diskcheck_set(path, NULL, INT64_MAX);
	want_text("does not load", "state", diskcheck_word(), "broken");
	append("y");
	want_text("written again", "state", diskcheck_word(), "changed");
	diskcheck_set(path, NULL, 1);
	want_text("written while it was read", "state", diskcheck_word(),
	    "changed");
	diskcheck_set(path, &policy, INT64_MAX);
	want_text("loaded", "state", diskcheck_word(), "loaded");
	unlink(path);
	want_text("removed", "state", diskcheck_word(), "changed");
	diskcheck_clear();
}

/* A partner's file that comes into the folder of "include". */
static void
test_pattern(void **unused ATTR_UNUSED)
{
	struct include_pattern pattern = { .text = SLICE("") };
	struct policy policy = { .patterns = &pattern, .pattern_count = 1 };
	struct folder folder;
	struct slice found;
	char text[256], one[256];

	folder_create(&folder);
	folder_write_text(&folder, "a.conf", "");
	found = slice_of(folder_path(&folder, "a.conf", one));
	pattern = (struct include_pattern){
		slice_of(folder_path(&folder, "*.conf", text)), { &found, 1 } };
	diskcheck_set(one, &policy, INT64_MAX);
	want_text("read", "state", diskcheck_word(), "loaded");
	folder_write_text(&folder, "b.txt", "");
	want_text("another file", "state", diskcheck_word(), "loaded");
	folder_write_text(&folder, "b.conf", "");
	want_text("one more", "state", diskcheck_word(), "changed");
	diskcheck_set(one, NULL, INT64_MAX);
	want_text("it does not load", "state", diskcheck_word(), "broken");
	folder_write_text(&folder, "c.conf", "");
	want_text("and one more", "state", diskcheck_word(), "changed");
	diskcheck_clear();
	folder_remove(&folder);
}

static int
set_up(void **unused ATTR_UNUSED)
{
	int fd = mkstemp(path);

	return fd < 0 ? -1 : close(fd);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_words),
	cmocka_unit_test(test_pattern),
};

RUN_TESTS_WITH(tests, set_up, NULL)
