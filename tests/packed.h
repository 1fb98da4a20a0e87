/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packed - bytes, compressed by each library that unpacks them
 */
#ifndef TESTS_PACKED_H
#define TESTS_PACKED_H

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/cases.h"

static inline size_t
packed_gzip(const char *text, size_t n, unsigned char *out, size_t size)
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

static inline size_t
packed_xz(const char *text, size_t n, unsigned char *out, size_t size)
{
	size_t used = 0;

	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL,
	    (const unsigned char *)text, n, out, &used, size), LZMA_OK);
	return used;
}

/* With a checksum, as the program writes. */
static inline size_t
packed_zstd(const char *text, size_t n, unsigned char *out, size_t size)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();

	assert_non_null(c);
	assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(c,
	    ZSTD_c_checksumFlag, 1)));
	n = ZSTD_compress2(c, out, size, text, n);
	assert_false(ZSTD_isError(n));
	ZSTD_freeCCtx(c);
	return n;
}

/* How a file is compressed, and its name ends. */
struct packed {
	const char *ending;
	size_t (*make)(const char *text, size_t n, unsigned char *out,
	    size_t size);
};

static const struct packed packed[] = {
	{ ".gz", packed_gzip }, { ".xz", packed_xz }, { ".zst", packed_zstd },
};
#endif
