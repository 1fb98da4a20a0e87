/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "conf/base/keyfile.h"
#include "tests/folder.h"

enum { PLACE = 4096, LINE = 256 };

static struct folder f;
static char path[256];
static struct logkey first;

static int
set_up(void **state ATTR_UNUSED)
{
	struct err e;

	folder_create(&f);
	folder_path(&f, "key", path);
	if (logkey_make(&first, &e) < 0 ||
	    keyfile_create(path, (uid_t)-1, (gid_t)-1, &first, &e) < 0)
		fail_msg("%s", e.text);
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	folder_remove(&f);
	return 0;
}

/* How often the digits of key are in the file. */
static size_t
count_key(const struct logkey *key)
{
	static char text[4 * PLACE];
	char digits[LOGKEY_TEXT + 1];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text));
	size_t found = 0;

	close(fd);
	assert_true(n >= 0);
	logkey_show(key, digits);
	for (ssize_t i = 0; i + LOGKEY_TEXT <= n; i++)
		found += memcmp(text + i, digits, LOGKEY_TEXT) == 0;
	return found;
}

static void
want_key(const char *label, const struct logkey *wanted)
{
	struct keyfile file;
	struct logkey came;
	struct err e;

	if (keyfile_open(&file, path, &came, &e) < 0)
		fail_msg("%s: %s", label, e.text);
	want_number(label, "number", (long)came.number, (long)wanted->number);
	assert_memory_equal(came.bytes, wanted->bytes, LOGKEY_BYTES);
	keyfile_close(&file);
}

/* The first key, its next one, and that one's, are made as the manual says. */
static void
the_next_key_is_the_digest(void **state ATTR_UNUSED)
{
	struct logkey key;

	assert_true(logkey_from(SLICE("00000000000000000000000000000000"
	    "00000000000000000000000000000000"), 1, &key));
	logkey_next(&key);
	assert_int_equal(key.number, 2);
	/* SHA-256 of 32 zero bytes. */
	assert_int_equal(key.bytes[0], 0x66);
	assert_int_equal(key.bytes[1], 0x68);
	assert_int_equal(key.bytes[31], 0x25);
	assert_false(logkey_from(SLICE("00"), 1, &key));
	assert_false(logkey_from(SLICE("0000000000000000000000000000000G"
	    "00000000000000000000000000000000"), 1, &key));
}

static void
an_old_key_is_erased(void **state ATTR_UNUSED)
{
	struct logkey key, next = first;
	struct keyfile file;
	struct err e;

	assert_int_equal(keyfile_open(&file, path, &key, &e), 0);
	for (int i = 0; i < 5; i++) {
		struct logkey old = next;

		logkey_next(&next);
		assert_int_equal(keyfile_add(&file, &next, &e), 0);
		assert_int_equal(count_key(&old), 1);
		assert_int_equal(keyfile_erase_old(&file, &e), 0);
		assert_int_equal(count_key(&old), 0);
		assert_int_equal(count_key(&next), 1);
		want_key("replaced", &next);
	}
	keyfile_close(&file);
}

/* Between the two steps: the newer one is used, the older one erased. */
static void
a_crash_leaves_the_newer_key(void **state ATTR_UNUSED)
{
	struct logkey key, next = first;
	struct keyfile file;
	struct err e;

	assert_int_equal(keyfile_open(&file, path, &key, &e), 0);
	logkey_next(&next);
	assert_int_equal(keyfile_add(&file, &next, &e), 0);
	keyfile_close(&file);
	want_key("crash", &next);
	assert_int_equal(count_key(&first), 0);
}

/* While the next key is written: however much of it is there, one of the two
 * is found. */
static void
a_crash_within_a_write_leaves_a_key(void **state ATTR_UNUSED)
{
	char line[LINE];
	struct logkey key, next = first;
	struct keyfile file;
	struct err e;
	int fd;

	logkey_next(&next);
	assert_int_equal(keyfile_open(&file, path, &key, &e), 0);
	assert_int_equal(keyfile_add(&file, &next, &e), 0);
	keyfile_close(&file);
	fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, line, LINE, PLACE), LINE);
	for (size_t n = 0; n < LINE; n++) {
		unlink(path);
		assert_int_equal(keyfile_create(path, (uid_t)-1, (gid_t)-1,
		    &first, &e), 0);
		close(fd);
		fd = open(path, O_RDWR);
		assert_int_equal(pwrite(fd, line, n, PLACE), (ssize_t)n);
		want_key("half a write", &first);
		/* What was half written is no key, and is erased. */
		assert_int_equal(count_key(&next), 0);
	}
	close(fd);
}

static const struct {
	const char *label, *make;       /* shell, in the folder */
	const char *wanted;             /* in the error */
} refused[] = {
	{ "absent", "rm key", "make it with `enforcetls log new-key`" },
	{ "empty", ": >key", "holds no key" },
	{ "text", "echo key >key", "holds no key" },
	{ "damaged", "sed -i 's/^key 1 ...../key 1 00000/' key",
	    "holds no key" },
	{ "cut", "truncate -s 100 key", "holds no key" },
	{ "a folder", "rm key; mkdir key", "Is a directory" },
	{ "a FIFO", "rm key; mkfifo -m 600 key", "not a regular file" },
	{ "a link", "mv key other; ln -s other key",
	    "Too many levels of symbolic links" },
	{ "a second name", "ln key other", "not a regular file" },
	{ "readable by others", "chmod 604 key", "others may use the key" },
	{ "readable by a group", "chmod 640 key", "others may use the key" },
};

static void
a_file_that_is_not_the_daemons_alone_is_refused(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		char command[512];
		struct keyfile file;
		struct logkey key;
		struct err e = { .text = "" };

		set_up(NULL);
		snprintf(command, sizeof(command), "cd %s && { %s; }", f.path,
		    refused[i].make);
		assert_int_equal(system(command), 0);
		want_that(refused[i].label, "refused",
		    keyfile_open(&file, path, &key, &e) < 0);
		want_that(refused[i].label, refused[i].wanted,
		    strstr(e.text, refused[i].wanted) != NULL);
		assert_int_equal(key.number, 0);
		folder_remove(&f);
	}
	set_up(NULL);
}

static void
an_existing_file_is_not_replaced(void **state ATTR_UNUSED)
{
	struct err e;

	assert_int_equal(keyfile_create(path, (uid_t)-1, (gid_t)-1, &first,
	    &e), -1);
	assert_non_null(strstr(e.text, "is there already: move it away"));
	want_key("as it was", &first);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(the_next_key_is_the_digest),
	TEST(an_old_key_is_erased),
	TEST(a_crash_leaves_the_newer_key),
	TEST(a_crash_within_a_write_leaves_a_key),
	TEST(a_file_that_is_not_the_daemons_alone_is_refused),
	TEST(an_existing_file_is_not_replaced),
};

RUN_TESTS(tests)
