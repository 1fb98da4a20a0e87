/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/base/subuid.h"
#include "tests/cases.h"
#include "tests/folder.h"

static const struct {
	const char *label;
	const char *text;
	uid_t uid;
	bool wanted;
} cases[] = {
	{ "an empty file", "", 1000, false },
	{ "the first of a range", "ann:100000:65536\n", 100000, true },
	{ "the last of it", "ann:100000:65536\n", 165535, true },
	{ "the next", "ann:100000:65536\n", 165536, false },
	{ "the one before", "ann:100000:65536\n", 99999, false },
	{ "a second line", "ann:100000:1\n1001:200000:9\n", 200008, true },
	{ "no newline at the end", "ann:100000:65536", 100001, true },
	{ "a comment", "# ann:1:9\n\n", 1, false },
	{ "an empty range", "ann:5:0\n", 5, false },
	{ "the highest uid", "ann:4294967294:1\n", 4294967294u, true },
	{ "a line that cannot be read hands out any", "ann:x:9\n", 1000, true },
	{ "one that is cut, too", "ann:100000\n", 1000, true },
};

static void
test_lines(void **unused ATTR_UNUSED)
{
	struct folder f;

	folder_create(&f);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char path[256];

		folder_write_text(&f, "subuid", cases[i].text);
		want_number(cases[i].label, "handed out",
		    subuid_hands_out(folder_path(&f, "subuid", path),
			cases[i].uid), cases[i].wanted);
	}
	folder_remove(&f);
}

static void
test_files(void **unused ATTR_UNUSED)
{
	struct folder f;
	char path[256];

	folder_create(&f);
	want_that("no file", "hands out none",
	    !subuid_hands_out(folder_path(&f, "none", path), 1000));
	want_that("one that cannot be read", "hands out any",
	    subuid_hands_out(f.path, 1000));
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_lines),
	cmocka_unit_test(test_files),
};

RUN_TESTS(tests)
