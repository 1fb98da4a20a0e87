/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/log/keepfile.h"
#include "milter/log/oldfile.h"
#include "tests/folder.h"
#include "tests/packed.h"

#define LINE(time, prev) \
	"{\"time\":\"" time "T10:00:00.000Z\",\"prev\":" prev "}\n"
#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct folder f;
static int folder_fd;

static int
set_up(void **state ATTR_UNUSED)
{
	folder_create(&f);
	folder_fd = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder_fd < 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	close(folder_fd);
	folder_remove(&f);
	return 0;
}

/* Writes a file that was last changed at this second. */
static void
put(const char *name, const char *text, time_t changed)
{
	struct timespec times[2] = { { changed, 0 }, { changed, 0 } };
	char path[256];

	folder_write_text(&f, name, text);
	assert_int_equal(utimensat(AT_FDCWD, folder_path(&f, name, path),
	    times, 0), 0);
}

static void
the_oldest_of_its_own_is_found(void **state ATTR_UNUSED)
{
	struct oldfile old;
	struct err e;

	want_number("none", "found", oldfile_find(folder_fd, "log", &old, &e),
	    0);
	put("log", "", 10);
	put("log.keep", "", 10);
	put("log-x", "", 10);
	put("other.1", "", 10);
	put("log.1", "", 30);
	put("log.2", "", 20);
	put("log-20260331", "", 25);
	want_number("some", "found", oldfile_find(folder_fd, "log", &old, &e),
	    1);
	want_text("some", "name", old.record.name, "log.2");
	put("log.1", "", 20);
	want_number("equal", "found", oldfile_find(folder_fd, "log", &old,
	    &e), 1);
	want_text("equal", "name", old.record.name, "log.2");
}

/* The library's fstatat(2), in front of which a rotation happens once, when the
 * file of that name is about to be looked at. */
static const char *rotates_at;

int
fstatat(int folder, const char *restrict name, struct stat *restrict st,
    int flags)
{
	int (*real)(int, const char *, struct stat *, int);
	void *found = dlsym(RTLD_NEXT, "fstatat");

	if (rotates_at != NULL && strcmp(name, rotates_at) == 0) {
		rotates_at = NULL;
		assert_int_equal(renameat(folder, "log.2", folder, "log.3"),
		    0);
		assert_int_equal(renameat(folder, "log.1", folder, "log.2"),
		    0);
	}
	assert_non_null(found);
	memcpy(&real, &found, sizeof(real));
	return real(folder, name, st, flags);
}

/* A newer one must not be removed because the oldest has another name now. */
static void
the_oldest_is_found_while_a_rotation_renames_it(void **state ATTR_UNUSED)
{
	static const char *const at[] = { "log.1", "log.2" };

	for (size_t i = 0; i < COUNT_OF(at); i++) {
		struct oldfile old;
		struct err e;

		put("log.1", "", 30);
		put("log.2", "", 20);
		rotates_at = at[i];
		want_number(at[i], "found", oldfile_find(folder_fd, "log",
		    &old, &e), 1);
		want_text(at[i], "name", old.record.name, "log.3");
		want_that(at[i], "is there", oldfile_is_there(folder_fd,
		    &old));
		assert_int_equal(renameat(folder_fd, "log.2", folder_fd,
		    "log.3"), 0);
		want_that(at[i], "another one is not", !oldfile_is_there(
		    folder_fd, &old));
		assert_int_equal(unlinkat(folder_fd, "log.3", 0), 0);
		want_that(at[i], "none is not", !oldfile_is_there(folder_fd,
		    &old));
	}
}

/* It is not skipped: what is behind it stays, too. */
static void
what_is_not_its_own_stops_it(void **state ATTR_UNUSED)
{
	struct oldfile old;
	char path[256];
	struct err e;

	put("log.1", LINE("2026-03-31", "null"), 2000000000);
	assert_int_equal(symlink("log.1", folder_path(&f, "log.2", path)), 0);
	want_number("a link", "found", oldfile_find(folder_fd, "log", &old,
	    &e), -1);
	want_text("a link", "error", e.text, "log.2 is not a regular file");
	assert_int_equal(unlink(path), 0);
	put("log.1 x", "", 10);
	want_number("a name", "found", oldfile_find(folder_fd, "log", &old,
	    &e), -1);
	assert_int_equal(unlink(folder_path(&f, "log.1 x", path)), 0);
	put("log.3", "", 10);
	if (chown(folder_path(&f, "log.3", path), 65534, (gid_t)-1) == 0)
		want_number("an owner", "found", oldfile_find(folder_fd, "log",
		    &old, &e), -1);
}

static const char three_lines[] = LINE("2026-03-30", "\"" HEX "\"")
    LINE("2026-04-01", "null") LINE("2026-03-31", "null") "{\"ti";

static void
want_three_lines(const char *label, struct oldfile *old)
{
	struct err e;

	assert_int_equal(oldfile_find(folder_fd, "log", old, &e), 1);
	if (oldfile_scan(folder_fd, old, &e) < 0)
		fail_msg("%s: %s", label, e.text);
	want_number(label, "lines", (long)old->record.file.lines, 3);
	want_text(label, "before", old->record.file.before, HEX);
	want_number(label, "newest", old->newest, 1775037600);
	want_number(label, "last", old->record.file.last, 1774951200);
	want_number(label, "end", (long)strlen(old->record.end), 64);
}

static void
a_file_is_read(void **state ATTR_UNUSED)
{
	struct oldfile old;
	struct err e;

	put("log.1", three_lines, 30);
	want_three_lines("plain", &old);
	assert_int_equal(unlinkat(folder_fd, "log.1", 0), 0);
	for (size_t i = 0; i < COUNT_OF(packed); i++) {
		unsigned char bytes[4096];
		char name[32];
		size_t n = packed[i].make(three_lines,
		    sizeof(three_lines) - 1, bytes, sizeof(bytes));

		snprintf(name, sizeof(name), "log.1%s", packed[i].ending);
		folder_write(&f, name, (const char *)bytes, n);
		want_three_lines(name, &old);
		want_text(name, "name", old.record.name, name);
		want_number(name, "removed", oldfile_remove(folder_fd, &old,
		    &e), 0);
		want_number(name, "found", oldfile_find(folder_fd, "log",
		    &old, &e), 0);
		/* What is not whole is not removed. */
		folder_write(&f, name, (const char *)bytes, n - 1);
		assert_int_equal(oldfile_find(folder_fd, "log", &old, &e), 1);
		want_number(name, "cut", oldfile_scan(folder_fd, &old, &e),
		    -1);
		want_that(name, "says what to do", strstr(e.text, "cannot be "
		    "read: unexpected end of file: put a whole copy") != NULL);
		assert_int_equal(unlinkat(folder_fd, name, 0), 0);
	}
}

static void
what_cannot_be_read_is_not_removed(void **state ATTR_UNUSED)
{
	static const char *const bad[] = { "\3757zXZ\n", "no record\n",
		"{\"time\":\"2026-03-31T10:00:00.000Z\"}\n" };
	struct oldfile old;
	struct err e;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		put("log.1", bad[i], 30);
		assert_int_equal(oldfile_find(folder_fd, "log", &old, &e), 1);
		want_number(bad[i], "scan", oldfile_scan(folder_fd, &old, &e),
		    -1);
	}
	put("log.1", LINE("2026-03-31", "null"), 30);
	assert_int_equal(oldfile_find(folder_fd, "log", &old, &e), 1);
	assert_int_equal(oldfile_scan(folder_fd, &old, &e), 0);
	put("log.1", LINE("2026-03-31", "null") LINE("2026-03-31", "null"),
	    30);
	want_number("changed since", "removed", oldfile_remove(folder_fd,
	    &old, &e), -1);
}

static void
sums_reach_back_while_nothing_is_between(void **state ATTR_UNUSED)
{
	struct record_removed first = { .name = "log.2", .end = "e1",
		.file = { 3, 100, 200, "" } };
	struct record_removed second = { .name = "log.1", .end = "e2",
		.file = { 4, 210, 300, "e1" } };
	struct record_removed none = { .name = "" }, other = second;
	char out[2048];

	record_removed_sum(&first, &none);
	record_removed_sum(&second, &first);
	want_number("sum", "lines", (long)second.all.lines, 7);
	want_number("sum", "first", second.all.first, 100);
	want_text("sum", "before", second.all.before, "");
	record_removed_json(5000, &second, out, sizeof(out));
	want_text("sum", "record", out, "{\"time\":\"1970-01-01T00:00:05Z\","
	    "\"removed\":\"log.1\",\"end\":\"e2\",\"file\":{\"lines\":4,"
	    "\"first\":\"1970-01-01T00:03:30Z\",\"last\":"
	    "\"1970-01-01T00:05:00Z\",\"before\":\"e1\"},\"all\":{\"lines\":7,"
	    "\"first\":\"1970-01-01T00:01:40Z\",\"last\":"
	    "\"1970-01-01T00:05:00Z\",\"before\":null}");
	snprintf(other.file.before, sizeof(other.file.before), "e9");
	record_removed_sum(&other, &first);
	want_number("a gap", "lines", (long)other.all.lines, 4);
}

static void
what_is_kept_is_read_back(void **state ATTR_UNUSED)
{
	struct keepfile file = { .clock = { 1, 2, 3 }, .last = {
	    .name = "log-2026.gz", .end = HEX,
	    .all = { 7, 100, 200, "" } } }, came;
	char log[256];
	struct err e;

	folder_path(&f, "log", log);
	keepfile_read(log, &came);
	want_number("missing", "keep", came.clock.keep, 0);
	want_number("written", "result", keepfile_write(log, &file, &e), 0);
	keepfile_read(log, &came);
	want_that("read back", "same clock", memcmp(&came.clock, &file.clock,
	    sizeof(file.clock)) == 0);
	want_text("read back", "name", came.last.name, "log-2026.gz");
	want_text("read back", "end", came.last.end, HEX);
	want_text("read back", "before", came.last.all.before, "");
	want_number("read back", "lines", (long)came.last.all.lines, 7);
	put("log.keep", "enforcetls-keep 1 keep=1 now=2 waited=99\nx", 10);
	keepfile_read(log, &came);
	want_number("damaged", "waited", came.clock.waited, 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(the_oldest_of_its_own_is_found),
	TEST(the_oldest_is_found_while_a_rotation_renames_it),
	TEST(what_is_not_its_own_stops_it),
	TEST(a_file_is_read),
	TEST(what_cannot_be_read_is_not_removed),
	TEST(sums_reach_back_while_nothing_is_between),
	TEST(what_is_kept_is_read_back),
};

RUN_TESTS(tests)
