/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conf/audit/logreader.h"
#include "tests/folder.h"
#include "tests/packed.h"

/* Writes every line and a comma to out; "!" and the file's name for an
 * error. */
static void
read_all(const struct folder *f, bool rotated, int64_t since, char *out,
    size_t size)
{
	char path[256];
	struct logreader *reader;
	struct logline line;
	struct err e;
	size_t n = 0;

	reader = logreader_open(folder_path(f, "log", path), rotated, since,
	    &e);
	if (reader == NULL) {
		snprintf(out, size, "none");
		return;
	}
	out[0] = '\0';
	while (lines_next(logreader_lines(reader), &line, &e) ||
	    e.text[0] != '\0') {
		const char *base = strrchr(e.file, '/');

		if (e.text[0] != '\0')
			n += (size_t)snprintf(out + n, size - n, "!%s,",
			    base == NULL ? e.file : base + 1);
		else
			n += (size_t)snprintf(out + n, size - n, "%.*s,",
			    SLICE_ARGS(line.text));
	}
	logreader_close(&reader);
}

static const struct {
	const char *label;
	const char *make;               /* shell, in the folder */
	bool rotated;
	const char *wanted;
} logs[] = {
	{ "no file", ":", true, "none" },
	{ "a folder", "mkdir log", true, "!log," },
	{ "a FIFO in place of the log", "mkfifo log; printf 'a\\n' >log.1; "
	    "touch -d '1 hour ago' log.1", true, "a,!log," },
	{ "a FIFO in place of an older one", "printf 'b\\n' >log; "
	    "mkfifo log.1; touch -d '1 hour ago' log.1", true, "!log.1,b," },
	{ "a folder in place of an older one", "printf 'b\\n' >log; "
	    "mkdir log.1; touch -d '1 hour ago' log.1", true, "!log.1,b," },
	{ "a link in place of an older one", "printf 'b\\n' >log; "
	    "printf 'a\\n' >other; ln -s other log.1; "
	    "touch -h -d '1 hour ago' log.1", true, "!log.1,b," },
	{ "a link to nowhere in place of an older one", "printf 'b\\n' >log; "
	    "ln -s nowhere log.1; touch -h -d '1 hour ago' log.1", true,
	    "!log.1,b," },
	{ "the log itself by a link", "printf 'a\\n' >other; "
	    "ln -s other log", true, "a," },
	{ "the log by a link to nowhere", "ln -s nowhere log; "
	    "printf 'a\\n' >log.1", true, "a," },
	{ "empty", ": >log", true, "" },
	{ "lines", "printf 'a\\nb\\n' >log", true, "a,b," },
	{ "an empty line", "printf 'a\\n\\nb\\n' >log", true, "a,,b," },
	{ "a line being written", "printf 'a\\nb' >log", true, "a," },
	{ "rotated by this daemon and logrotate", "printf 'd\\n' >log; "
	    "printf 'c\\n' >log.1; touch -d '1 hour ago' log.1; "
	    "printf 'b\\n' >log-20260301; touch -d '2 hours ago' "
	    "log-20260301; printf 'a\\n' | gzip >log.3.gz; "
	    "touch -d '3 hours ago' log.3.gz", true, "a,b,c,d," },
	{ "not asked for", "printf 'd\\n' >log; printf 'c\\n' >log.1",
	    false, "d," },
	{ "other names", "printf 'd\\n' >log; printf 'x\\n' >log.bak; "
	    "printf 'x\\n' >logs.1; printf 'x\\n' >log.tmp", true, "d," },
	{ "only rotated ones", "printf 'c\\n' >log.1", true, "c," },
	{ "the same file twice", "printf 'c\\n' >log.1; ln log.1 log", true,
	    "c," },
	{ "a rotated one cut within a line", "printf 'b\\n' >log; "
	    "printf 'a\\nhalf' >log.1; touch -d '1 hour ago' log.1", true,
	    "a,!log.1,b," },
	{ "compressed and cut", "seq 100000 | gzip | head -c 40 >log.1.gz; "
	    "touch -d '1 hour ago' log.1.gz; printf 'b\\n' >log", true,
	    "!log.1.gz,b," },
	{ "compressed and damaged", "printf 'a\\n' | gzip >log.1.gz; "
	    "printf x | dd of=log.1.gz bs=1 seek=20 conv=notrunc "
	    "2>/dev/null; touch -d '1 hour ago' log.1.gz; "
	    "printf 'b\\n' >log", true, "!log.1.gz,b," },
	{ "compressed and cut at a line's end", "printf 'a\\nb\\n' | gzip | "
	    "head -c -8 >log.1.gz; touch -d '1 hour ago' log.1.gz; "
	    "printf 'c\\n' >log", true, "a,b,!log.1.gz,c," },
	{ "compressed, its first bytes gone", "printf 'a\\n' | gzip | "
	    "tail -c +2 >log.1.gz; touch -d '1 hour ago' log.1.gz; "
	    "printf 'b\\n' >log", true, "!log.1.gz,b," },
	{ "compressed and emptied", ": >log.1.gz; "
	    "touch -d '1 hour ago' log.1.gz; printf 'b\\n' >log", true,
	    "!log.1.gz,b," },
	{ "compressed, with zeros behind", "{ printf 'a\\n' | gzip; "
	    "head -c 512 /dev/zero; } >log.1.gz; "
	    "touch -d '1 hour ago' log.1.gz; printf 'b\\n' >log", true,
	    "a,!log.1.gz,b," },
	{ "compressed by something else", "printf 'a\\n' >log.1.xz; "
	    "touch -d '1 hour ago' log.1.xz; printf 'b\\n' >log", true,
	    "!log.1.xz,b," },
	{ "compressed, and cut within a line before", "printf 'a\\nhalf' | "
	    "gzip >log", true, "a,!log," },
	{ "two parts compressed into one", "{ printf 'a\\n' | gzip; "
	    "printf 'b\\n' | gzip; } >log.1.gz", true, "a,b," },
	{ "a line too long", "head -c 400000 /dev/zero | tr '\\0' x >log.1; "
	    "touch -d '1 hour ago' log.1; printf 'b\\n' >log", true,
	    "!log.1,b," },
	{ "names with letters for glob", "mkdir 'log[1]*'; "
	    "printf 'a\\n' >log", true, "a," },
};

static void
test_logs(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(logs); i++) {
		struct folder f;
		char command[1024], came[1024];

		folder_create(&f);
		snprintf(command, sizeof(command), "cd %s && { %s; }", f.path,
		    logs[i].make);
		if (system(command) != 0)
			fail_msg("%s: %s failed", logs[i].label, command);
		read_all(&f, logs[i].rotated, 0, came, sizeof(came));
		want_text(logs[i].label, "lines", came, logs[i].wanted);
		folder_remove(&f);
	}
}

/* The oldest file is compressed, and then cut or damaged: the others are read
 * nevertheless, and it is named. */
static const struct {
	const char *label;
	size_t less;                    /* bytes cut off its end */
	size_t damaged;                 /* which byte of it; 0: none */
} compressed[] = {
	{ "whole", 0, 0 },
	{ "without its end", 5, 0 },
	{ "only its beginning", 20, 0 },
	{ "emptied", 4096, 0 },
	{ "damaged in its first byte", 0, 1 },
	{ "damaged in its data", 0, 20 },
};

static bool
ends_with(const char *text, const char *end)
{
	return slice_ends(slice_of(text), slice_of(end));
}

static void
test_compressed(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(packed) * COUNT_OF(compressed); i++) {
		const struct packed *how = &packed[i / COUNT_OF(compressed)];
		size_t k = i % COUNT_OF(compressed), n;
		char command[512], came[256], name[32], label[64], end[64];
		unsigned char bytes[4096];
		struct folder f;

		n = how->make("a1\na2\n", 6, bytes, sizeof(bytes));
		n += how->make("a3\n", 3, bytes + n, sizeof(bytes) - n);
		if (compressed[k].damaged > 0)
			bytes[compressed[k].damaged - 1] ^= 0x55;
		n -= n < compressed[k].less ? n : compressed[k].less;
		folder_create(&f);
		snprintf(name, sizeof(name), "log.2%s", how->ending);
		folder_write(&f, name, (const char *)bytes, n);
		snprintf(command, sizeof(command), "cd %s && "
		    "printf 'c\\n' >log && printf 'b\\n' >log.1 && touch -d "
		    "'1 hour ago' log.1 && touch -d '2 hours ago' %s", f.path,
		    name);
		assert_int_equal(system(command), 0);
		read_all(&f, true, 0, came, sizeof(came));
		snprintf(label, sizeof(label), "%s %s", name,
		    compressed[k].label);
		snprintf(end, sizeof(end), "!%s,b,c,", name);
		if (k == 0)
			want_text(label, "lines", came, "a1,a2,a3,b,c,");
		else
			want_that(label, "is an error", ends_with(came, end));
		folder_remove(&f);
	}
}

/* Files that were last written before `since` are left out, except the named
 * one. */
static void
test_since(void **state ATTR_UNUSED)
{
	struct folder f;
	char command[512], came[256];
	int64_t now = time(NULL);

	folder_create(&f);
	snprintf(command, sizeof(command), "cd %s && printf 'c\\n' >log && "
	    "printf 'b\\n' >log.1 && printf 'a\\n' >log.2 && touch -d "
	    "'10 days ago' log log.2 && touch -d '1 day ago' log.1", f.path);
	assert_int_equal(system(command), 0);
	read_all(&f, true, now - 5 * 86400, came, sizeof(came));
	want_text("since 5 days", "lines", came, "c,b,");
	folder_remove(&f);
}

/* A log that is rotated while it is read is read to its end, once. */
static void
test_rotated_meanwhile(void **state ATTR_UNUSED)
{
	struct folder f;
	char command[512], path[256];
	struct logreader *reader;
	struct logline line;
	struct err e;
	int count = 0;

	folder_create(&f);
	folder_write_text(&f, "log", "b\n");
	folder_write_text(&f, "log.1", "a\n");
	snprintf(command, sizeof(command), "cd %s && touch -d '1 hour ago' "
	    "log.1", f.path);
	assert_int_equal(system(command), 0);
	reader = logreader_open(folder_path(&f, "log", path), true, 0, &e);
	assert_non_null(reader);
	snprintf(command, sizeof(command), "cd %s && mv log.1 log.2 && "
	    "mv log log.1 && printf 'new\\n' >log", f.path);
	assert_int_equal(system(command), 0);
	while (lines_next(logreader_lines(reader), &line, &e)) {
		want_slice("rotated meanwhile", "line", line.text,
		    count == 0 ? "a" : "b");
		count++;
	}
	want_number("rotated meanwhile", "lines", count, 2);
	logreader_close(&reader);
	folder_remove(&f);
}

/* What another program does while the files are opened, one after the other:
 * shell, run when the file of that name is about to be looked at. */
static struct {
	const char *folder, *name, *shell;
	int left;                       /* how many times more */
} meanwhile;

/* The library's lstat(3), in front of which something happens. */
int
lstat(const char *path, struct stat *st)
{
	const char *base = strrchr(path, '/');
	char command[1024];

	if (meanwhile.left > 0 && base != NULL &&
	    strcmp(base + 1, meanwhile.name) == 0) {
		meanwhile.left--;
		snprintf(command, sizeof(command), "cd %s && { %s; }",
		    meanwhile.folder, meanwhile.shell);
		if (system(command) != 0)
			fail_msg("%s failed", command);
	}
	return fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

static const struct {
	const char *label, *name, *shell, *wanted;
} changes[] = {
	{ "compressed", "log.1", "gzip log.1", "a,b,c," },
	{ "the oldest compressed", "log.2", "gzip log.2", "a,b,c," },
	{ "renamed", "log.1", "mv log.2 log.3; mv log.1 log.2", "a,b,c," },
	{ "the last one renamed onto the one before, which nobody saw",
	    "log.2", "mv log.2 log.3; mv log.1 log.2; mv log log.1; "
	    "printf 'd\\n' >log", "a,b,c,d," },
	{ "rotated behind the last one listed", "log.2", "mv log log-2026; "
	    "printf 'd\\n' >log", "a,b,c,d," },
	{ "removed for its age", "log.2", "rm log.2", "b,c," },
	{ "replaced by another one", "log.1", "rm log.1; "
	    "printf 'x\\n' >log.1; touch -d '1 hour ago' log.1", "a,x,c," },
};

/* A file whose name has gone is no error, and none is missed. */
static void
test_changed_while_listed(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		struct folder f;
		char command[512], came[256];

		folder_create(&f);
		snprintf(command, sizeof(command), "cd %s && "
		    "printf 'c\\n' >log && printf 'b\\n' >log.1 && "
		    "printf 'a\\n' >log.2 && touch -d '1 hour ago' log.1 && "
		    "touch -d '2 hours ago' log.2", f.path);
		assert_int_equal(system(command), 0);
		meanwhile.folder = f.path;
		meanwhile.name = changes[i].name;
		meanwhile.shell = changes[i].shell;
		meanwhile.left = 1;
		read_all(&f, true, 0, came, sizeof(came));
		want_text(changes[i].label, "lines", came, changes[i].wanted);
		want_number(changes[i].label, "left", meanwhile.left, 0);
		folder_remove(&f);
	}
}

/* Part of a log must not pass for all of it. */
static void
test_changed_all_the_time(void **state ATTR_UNUSED)
{
	struct folder f;
	char path[256];
	struct err e;

	folder_create(&f);
	folder_write_text(&f, "log", "b\n");
	folder_write_text(&f, "log.1", "a\n");
	meanwhile.folder = f.path;
	meanwhile.name = "log.1";
	meanwhile.shell = "cp log.1 new && mv new log.1";
	meanwhile.left = 1000;
	want_that("changed all the time", "not opened", logreader_open(
	    folder_path(&f, "log", path), true, 0, &e) == NULL);
	want_that("changed all the time", "says what to do",
	    strstr(e.text, ": try again") != NULL);
	meanwhile.left = 0;
	folder_remove(&f);
}

/* A folder that cannot be listed may have rotated files: the log alone must not
 * pass for all of it. */
static void
test_a_folder_that_cannot_be_listed(void **state ATTR_UNUSED)
{
	char path[256], command[300];
	struct logreader *all, *one;
	struct folder f;
	struct err e = { .text = "" }, unused;

	if (geteuid() != 0)
		skip();
	folder_create(&f);
	folder_write_text(&f, "log", "b\n");
	folder_write_text(&f, "log.1", "a\n");
	snprintf(command, sizeof(command), "cd %s && chmod 0644 log log.1 && "
	    "chmod 0711 .", f.path);
	assert_int_equal(system(command), 0);
	assert_int_equal(seteuid(4002), 0);
	all = logreader_open(folder_path(&f, "log", path), true, 0, &e);
	one = logreader_open(path, false, 0, &unused);
	assert_int_equal(seteuid(0), 0);
	want_that("no rotated files asked for", "read", one != NULL);
	want_that("rotated files", "not read", all == NULL);
	want_text("rotated files", "the folder", e.file, f.path);
	want_text("rotated files", "why", e.text, "Permission denied");
	logreader_close(&one);
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_logs),
	cmocka_unit_test(test_compressed),
	cmocka_unit_test(test_since),
	cmocka_unit_test(test_rotated_meanwhile),
	cmocka_unit_test(test_changed_while_listed),
	cmocka_unit_test(test_changed_all_the_time),
	cmocka_unit_test(test_a_folder_that_cannot_be_listed),
};

RUN_TESTS(tests)
