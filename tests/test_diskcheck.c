/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "milter/reload/diskcheck.h"
#include "tests/folder.h"

static char path[] = "/tmp/test_watch.XXXXXX";
static const struct filetrail none;

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

	diskcheck_set(&policy, &none, INT64_MAX);
	want_text("read", "state", diskcheck_word(), "loaded");
	append("x");
	want_text("written", "state", diskcheck_word(), "changed");
	want_that("written", "a change is reported",
	    diskcheck_changed(came, sizeof(came)));
	want_text("reported", "state", diskcheck_word(), "changed");
	diskcheck_set(NULL, &none, INT64_MAX);
	want_text("does not load", "state", diskcheck_word(), "broken");
	append("y");
	want_text("written again", "state", diskcheck_word(), "changed");
	diskcheck_set(NULL, &none, 1);
	want_text("written while it was read", "state", diskcheck_word(),
	    "changed");
	diskcheck_set(&policy, &none, INT64_MAX);
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
	diskcheck_set(&policy, &none, INT64_MAX);
	want_text("read", "state", diskcheck_word(), "loaded");
	folder_write_text(&folder, "b.txt", "");
	want_text("another file", "state", diskcheck_word(), "loaded");
	folder_write_text(&folder, "b.conf", "");
	want_text("one more", "state", diskcheck_word(), "changed");
	diskcheck_set(NULL, &none, INT64_MAX);
	want_text("it does not load", "state", diskcheck_word(), "broken");
	folder_write_text(&folder, "c.conf", "");
	want_text("and one more", "state", diskcheck_word(), "changed");
	diskcheck_clear();
	folder_remove(&folder);
}

/* A file that is in no policy that loaded: it is broken until it is corrected,
 * and not until a reload. */
static void
test_a_broken_file_is_watched(void **unused ATTR_UNUSED)
{
	const struct slice file = slice_of(path);
	const struct policy policy = { .files = { &file, 1 } };
	struct filetrail trail;
	struct textfile text;
	struct folder folder;
	char new[256], missing[256];
	struct err e;

	folder_create(&folder);
	folder_write_text(&folder, "new.conf", "broken");
	folder_path(&folder, "new.conf", new);
	folder_path(&folder, "missing", missing);
	append("z");
	diskcheck_set(&policy, &none, INT64_MAX);
	filetrail_begin(&trail, filesource_disk());
	assert_int_equal(trail.source.read(&trail.source, new, &text, &e), 0);
	textfile_clear(&text);
	assert_int_equal(trail.source.read(&trail.source, missing, &text, &e),
	    -1);
	diskcheck_set(NULL, &trail, INT64_MAX);
	want_text("broken", "state", diskcheck_word(), "broken");
	folder_write_text(&folder, "new.conf", "corrected");
	want_text("corrected", "state", diskcheck_word(), "changed");
	diskcheck_set(NULL, &trail, INT64_MAX);
	want_text("and still broken", "state", diskcheck_word(), "broken");
	folder_write_text(&folder, "missing", "");
	want_text("what was missing is there", "state", diskcheck_word(),
	    "changed");
	filetrail_end(&trail);
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
	cmocka_unit_test(test_a_broken_file_is_watched),
};

RUN_TESTS_WITH(tests, set_up, NULL)
