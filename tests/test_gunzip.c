/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "conf/audit/gunzip.h"
#include "tests/folder.h"

enum { FILE_SIZE = 16384, TEXT_SIZE = 65536 };

/* Two members, as `cat a.gz b.gz` makes them. */
static unsigned char made[FILE_SIZE];
static size_t made_n, second;           /* where the second one begins */
static char wanted[TEXT_SIZE];
static size_t wanted_n;
static struct folder f;
static char path[256];

static size_t
add_member(const char *text, size_t n, unsigned char *out, size_t size)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)text,
		.avail_in = (uInt)n, .next_out = out,
		.avail_out = (uInt)size };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8,
	    Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	n = z.total_out;
	deflateEnd(&z);
	return n;
}

static int
set_up(void **state ATTR_UNUSED)
{
	wanted_n = 0;
	while (wanted_n < 4000)
		wanted_n += (size_t)snprintf(wanted + wanted_n,
		    TEXT_SIZE - wanted_n, "line %zu\n", wanted_n);
	second = add_member(wanted, 3000, made, FILE_SIZE);
	made_n = second + add_member(wanted + 3000, wanted_n - 3000,
	    made + second, FILE_SIZE - second);
	folder_create(&f);
	folder_path(&f, "log.gz", path);
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	folder_remove(&f);
	return 0;
}

/* Reads a file of those bytes, step bytes at a time. Returns whether it was
 * read to its end without an error; *n is how much came. */
static bool
read_bytes(const unsigned char *bytes, size_t size, bool required, size_t step,
    char *out, size_t *n)
{
	struct gunzip *in;
	struct err e;
	int fd, got;

	folder_write(&f, "log.gz", (const char *)bytes, size);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	in = gunzip_open(fd, required);
	*n = 0;
	do {
		size_t room = TEXT_SIZE - *n < step ? TEXT_SIZE - *n : step;

		got = gunzip_read(in, out + *n, room, &e);
		if (got > 0)
			*n += (size_t)got;
	} while (got > 0);
	gunzip_close(&in);
	return got == 0;
}

static void
whole_files_are_read(void **state ATTR_UNUSED)
{
	static const size_t steps[] = { 1, 2, 7, 4096, TEXT_SIZE };
	static char came[TEXT_SIZE];
	size_t n;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		assert_true(read_bytes(made, made_n, true, steps[i], came,
		    &n));
		assert_int_equal(n, wanted_n);
		assert_memory_equal(came, wanted, n);
	}
	assert_true(read_bytes((const unsigned char *)wanted, wanted_n, false,
	    4096, came, &n));
	assert_int_equal(n, wanted_n);
	assert_true(read_bytes((const unsigned char *)"x", 1, false, 9, came,
	    &n));
	assert_int_equal(n, 1);
	assert_true(read_bytes((const unsigned char *)"", 0, false, 9, came,
	    &n));
}

/* zlib 1.3.2's gzread() reads most of these as whole. */
static void
a_file_cut_anywhere_is_an_error(void **state ATTR_UNUSED)
{
	static char came[TEXT_SIZE];
	size_t n;

	for (size_t cut = 0; cut < made_n; cut++) {
		bool whole = read_bytes(made, cut, true, 4096, came, &n);

		/* What is left there is a file of its own. */
		if (cut == second)
			assert_true(whole && n == 3000);
		else if (whole)
			fail_msg("cut at %zu of %zu: read as whole", cut,
			    made_n);
		assert_memory_equal(came, wanted, n);
	}
}

/* Only what gzip's header says of the file's date and system may differ. */
static void
a_file_damaged_anywhere_is_an_error(void **state ATTR_UNUSED)
{
	static char came[TEXT_SIZE];
	size_t n;

	for (size_t at = 0; at < made_n; at++) {
		size_t in_member = at < second ? at : at - second;
		bool whole;

		made[at] ^= 0x55;
		whole = read_bytes(made, made_n, true, 4096, came, &n);
		made[at] ^= 0x55;
		if (in_member >= 4 && in_member < 10)
			assert_true(whole && n == wanted_n);
		else if (whole)
			fail_msg("damaged at %zu of %zu: read as whole", at,
			    made_n);
	}
}

static const struct {
	const char *label, *bytes;
	size_t n;
} trailers[] = {
	{ "a zero", "", 1 },
	{ "zeros", "\0\0\0\0\0\0\0\0", 8 },
	{ "text", "garbage", 7 },
	{ "half a header", "\x1f", 1 },
	{ "a header and no more", "\x1f\x8b", 2 },
	{ "another method", "\x1f\x8b\x07\0\0\0\0\0\0\0", 10 },
};

static void
what_follows_is_an_error(void **state ATTR_UNUSED)
{
	static char came[TEXT_SIZE];
	unsigned char bytes[FILE_SIZE + 16];
	size_t n;

	for (size_t i = 0; i < COUNT_OF(trailers); i++) {
		memcpy(bytes, made, made_n);
		memcpy(bytes + made_n, trailers[i].bytes, trailers[i].n);
		want_that(trailers[i].label, "an error", !read_bytes(bytes,
		    made_n + trailers[i].n, true, 4096, came, &n));
		want_number(trailers[i].label, "read", (long)n,
		    (long)wanted_n);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(whole_files_are_read, set_up,
	    tear_down),
	cmocka_unit_test_setup_teardown(a_file_cut_anywhere_is_an_error,
	    set_up, tear_down),
	cmocka_unit_test_setup_teardown(a_file_damaged_anywhere_is_an_error,
	    set_up, tear_down),
	cmocka_unit_test_setup_teardown(what_follows_is_an_error, set_up,
	    tear_down),
};

RUN_TESTS(tests)
