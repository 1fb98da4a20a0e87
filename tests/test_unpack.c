/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "conf/audit/packing.h"
#include "conf/audit/unpack.h"
#include "tests/folder.h"
#include "tests/packed.h"

enum { FILE_SIZE = 16384, TEXT_SIZE = 65536 };

/* Two members, as `cat a.xz b.xz` makes them. */
static unsigned char made[FILE_SIZE];
static size_t made_n, second;           /* where the second one begins */
static char wanted[TEXT_SIZE];
static size_t wanted_n;
static struct folder f;
static char name[32];                   /* as its format asks */
static struct err why;                  /* of the last error */

static void
make_file(const struct packed *how)
{
	wanted_n = 0;
	while (wanted_n < 4000)
		wanted_n += (size_t)snprintf(wanted + wanted_n,
		    TEXT_SIZE - wanted_n, "line %zu\n", wanted_n);
	second = how->make(wanted, 3000, made, FILE_SIZE);
	made_n = second + how->make(wanted + 3000, wanted_n - 3000,
	    made + second, FILE_SIZE - second);
	snprintf(name, sizeof(name), "log%s", how->ending);
}

static int
set_up(void **state ATTR_UNUSED)
{
	folder_create(&f);
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	folder_remove(&f);
	return 0;
}

/* Reads a file of that name and those bytes, step bytes at a time. Returns
 * whether it was read to its end without an error; *n is how much came. */
static bool
read_bytes(const char *as, const void *bytes, size_t size, size_t step,
    char *out, size_t *n)
{
	struct unpack *in;
	char path[256];
	int fd, got;

	folder_write(&f, as, bytes, size);
	fd = open(folder_path(&f, as, path), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	in = unpack_open(fd, as);
	*n = 0;
	do {
		size_t room = TEXT_SIZE - *n < step ? TEXT_SIZE - *n : step;

		got = unpack_read(in, out + *n, room, &why);
		if (got > 0)
			*n += (size_t)got;
	} while (got > 0);
	unpack_close(&in);
	return got == 0;
}

static void
whole_files_are_read(void **state ATTR_UNUSED)
{
	static const size_t steps[] = { 1, 2, 7, 4096, TEXT_SIZE };
	static char came[TEXT_SIZE];
	size_t n;

	for (size_t i = 0; i < COUNT_OF(packed) * COUNT_OF(steps); i++) {
		make_file(&packed[i / COUNT_OF(steps)]);
		if (!read_bytes(name, made, made_n,
		    steps[i % COUNT_OF(steps)], came, &n))
			fail_msg("%s: %s", name, why.text);
		assert_int_equal(n, wanted_n);
		assert_memory_equal(came, wanted, n);
		/* By its first bytes, whatever its name. */
		assert_true(read_bytes("log", made, made_n, 4096, came, &n));
		assert_int_equal(n, wanted_n);
	}
	assert_true(read_bytes("log", wanted, wanted_n, 4096, came, &n));
	assert_int_equal(n, wanted_n);
	assert_true(read_bytes("log", "x", 1, 9, came, &n));
	assert_int_equal(n, 1);
	assert_true(read_bytes("log", "", 0, 9, came, &n));
}

/* zlib 1.3.2's gzread() reads most of these as whole. */
static void
a_file_cut_anywhere_is_an_error(void **state ATTR_UNUSED)
{
	static char came[TEXT_SIZE];
	size_t n;

	for (size_t i = 0; i < COUNT_OF(packed); i++) {
		make_file(&packed[i]);
		for (size_t cut = 0; cut < made_n; cut++) {
			bool whole = read_bytes(name, made, cut, 4096, came,
			    &n);

			/* What is left there is a file of its own. */
			if (cut == second)
				assert_true(whole && n == 3000);
			else if (whole)
				fail_msg("%s cut at %zu of %zu: read as whole",
				    name, cut, made_n);
			assert_memory_equal(came, wanted, n);
		}
	}
}

/* Some bits of a header mean nothing, as gzip's date of the file. */
static void
a_file_damaged_anywhere_is_an_error_or_the_same(void **state ATTR_UNUSED)
{
	static char came[TEXT_SIZE];
	size_t n;

	for (size_t i = 0; i < COUNT_OF(packed); i++) {
		unsigned same = 0;

		make_file(&packed[i]);
		for (size_t at = 0; at < made_n; at++) {
			bool whole;

			made[at] ^= 0x55;
			whole = read_bytes(name, made, made_n, 4096, came, &n);
			made[at] ^= 0x55;
			if (whole && (n != wanted_n ||
			    memcmp(came, wanted, n) != 0))
				fail_msg("%s damaged at %zu: other bytes",
				    name, at);
			same += whole ? 1 : 0;
		}
		/* Six of each header of gzip. */
		if (same > 12)
			fail_msg("%s damaged: read %u times", name, same);
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
	{ "half a header of xz", "\xfd" "7zX", 4 },
	{ "a header of xz", "\xfd" "7zXZ\0", 6 },
	{ "half a header of zstd", "\x28\xb5\x2f", 3 },
	{ "a header of zstd", "\x28\xb5\x2f\xfd", 4 },
};

static void
what_follows_is_an_error(void **state ATTR_UNUSED)
{
	static char came[TEXT_SIZE];
	unsigned char bytes[FILE_SIZE + 16];
	size_t n;

	for (size_t i = 0; i < COUNT_OF(packed) * COUNT_OF(trailers); i++) {
		size_t k = i % COUNT_OF(trailers);

		make_file(&packed[i / COUNT_OF(trailers)]);
		memcpy(bytes, made, made_n);
		memcpy(bytes + made_n, trailers[k].bytes, trailers[k].n);
		want_that(trailers[k].label, name, !read_bytes(name, bytes,
		    made_n + trailers[k].n, 4096, came, &n));
		want_number(trailers[k].label, name, (long)n,
		    (long)wanted_n);
		want_that(trailers[k].label, "says what to do",
		    strstr(why.text, ": put a whole copy") != NULL);
	}
}

/* Appended by a program that writes in parts, as pzstd does. */
static void
a_frame_of_zstd_to_skip_is_skipped(void **state ATTR_UNUSED)
{
	static const unsigned char skipped[] = { 0x50, 0x2a, 0x4d, 0x18, 4, 0,
		0, 0, 1, 2, 3, 4 };
	unsigned char bytes[FILE_SIZE + sizeof(skipped)];
	static char came[TEXT_SIZE];
	size_t n;

	make_file(&packed[2]);
	memcpy(bytes, skipped, sizeof(skipped));
	memcpy(bytes + sizeof(skipped), made, made_n);
	assert_true(read_bytes(name, bytes, sizeof(skipped) + made_n, 4096,
	    came, &n));
	assert_int_equal(n, wanted_n);
}

/* A name is a promise: what is no such file is not read as text. */
static const struct {
	const char *name, *error;
} promises[] = {
	{ "log.gz", "it does not begin as a file that gzip has compressed: "
	    "put a whole copy in its place, or move it away" },
	{ "log.xz", "it does not begin as a file that xz has compressed: "
	    "put a whole copy in its place, or move it away" },
	{ "log.zst", "it does not begin as a file that zstd has compressed: "
	    "put a whole copy in its place, or move it away" },
	{ "log.bz2", "only files compressed with gzip, xz or zstd are read: "
	    "unpack it" },
	{ "log.lz4", "only files compressed with gzip, xz or zstd are read: "
	    "unpack it" },
};

static void
a_name_tells_the_format(void **state ATTR_UNUSED)
{
	static char came[TEXT_SIZE];
	size_t n;

	for (size_t i = 0; i < COUNT_OF(promises); i++) {
		want_that(promises[i].name, "not read", !read_bytes(
		    promises[i].name, "text\n", 5, 4096, came, &n));
		want_text(promises[i].name, "error", why.text,
		    promises[i].error);
		want_that(promises[i].name, "is compressed",
		    unpack_name_is_compressed(promises[i].name));
	}
	make_file(&packed[0]);
	want_that("xz in name", "not read", !read_bytes("log.xz", made,
	    made_n, 4096, came, &n));
	want_that("a date", "is not", !unpack_name_is_compressed(
	    "log-20260331"));
}

/* The head of an xz file whose dictionary has 1 GiB. */
static size_t
make_greedy_xz(unsigned char *out)
{
	lzma_options_lzma lzma;
	lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &lzma },
		{ LZMA_VLI_UNKNOWN, NULL } };
	lzma_stream_flags flags = { .version = 0, .check = LZMA_CHECK_CRC32 };
	lzma_block block = { .version = 0, .check = LZMA_CHECK_CRC32,
		.filters = filters, .compressed_size = LZMA_VLI_UNKNOWN,
		.uncompressed_size = LZMA_VLI_UNKNOWN };

	assert_false(lzma_lzma_preset(&lzma, 6));
	lzma.dict_size = 1U << 30;
	assert_int_equal(lzma_stream_header_encode(&flags, out), LZMA_OK);
	assert_int_equal(lzma_block_header_size(&block), LZMA_OK);
	assert_int_equal(lzma_block_header_encode(&block,
	    out + LZMA_STREAM_HEADER_SIZE), LZMA_OK);
	return LZMA_STREAM_HEADER_SIZE + block.header_size;
}

static void
want_too_large(const char *as, const unsigned char *bytes, size_t size)
{
	static char came[TEXT_SIZE];
	size_t n;

	want_that(as, "refused", !read_bytes(as, bytes, size, 4096, came,
	    &n));
	want_text(as, "error", why.text, "more than 128 MiB of memory are "
	    "needed to unpack it: unpack it, or compress it at a lower level");
}

static void
a_file_that_asks_for_much_memory_is_refused(void **state ATTR_UNUSED)
{
	/* A window of 2^28 bytes: RFC 8878 section 3.1.1.1.2. */
	static const unsigned char zstd[] = { 0x28, 0xb5, 0x2f, 0xfd, 0,
		(28 - 10) << 3, 1, 0, 0 };
	unsigned char xz[128];
	size_t n = make_greedy_xz(xz);

	want_too_large("log.xz", xz, n);
	want_too_large("log.zst", zstd, sizeof(zstd));
}

/* 64 MiB of the same byte: nothing of it is kept. */
static void
a_bomb_is_read_piece_by_piece(void **state ATTR_UNUSED)
{
	enum { BOMB = 64 << 20, STEP = 1 << 16 };
	char *bomb = calloc(1, BOMB), path[256];
	static char came[STEP];
	static unsigned char out[1 << 20];

	assert_non_null(bomb);
	for (size_t i = 0; i < COUNT_OF(packed); i++) {
		struct unpack *in;
		size_t n = packed[i].make(bomb, BOMB, out, sizeof(out));
		size_t sum = 0;
		int fd, got;

		snprintf(name, sizeof(name), "log%s", packed[i].ending);
		folder_write(&f, name, (const char *)out, n);
		fd = open(folder_path(&f, name, path), O_RDONLY | O_CLOEXEC);
		in = unpack_open(fd, name);
		while ((got = unpack_read(in, came, STEP, &why)) > 0) {
			assert_true(got <= STEP);
			sum += (size_t)got;
		}
		want_number(name, "end", got, 0);
		want_number(name, "bytes", (long)sum, BOMB);
		unpack_close(&in);
	}
	free(bomb);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(whole_files_are_read),
	TEST(a_file_cut_anywhere_is_an_error),
	TEST(a_file_damaged_anywhere_is_an_error_or_the_same),
	TEST(what_follows_is_an_error),
	TEST(a_frame_of_zstd_to_skip_is_skipped),
	TEST(a_name_tells_the_format),
	TEST(a_file_that_asks_for_much_memory_is_refused),
	TEST(a_bomb_is_read_piece_by_piece),
};

RUN_TESTS(tests)
