/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <limits.h>
#include <zlib.h>

#include "conf/audit/packing.h"
#include "policy/base/arena.h"

/* zlib: the largest window, and only gzip's own format. */
enum { WINDOW = 15 + 16 };

static bool
gzip_begins(const unsigned char *head, size_t n)
{
	return n >= 2 && head[0] == 0x1f && head[1] == 0x8b;
}

static void *
gzip_begin(struct err *e)
{
	z_stream *z = xcalloc(1, sizeof(*z));

	if (inflateInit2(z, WINDOW) == Z_OK)
		return z;
	err_set(e, "zlib cannot be used");
	free(z);
	return NULL;
}

static uInt
gzip_size(size_t n)
{
	return n < UINT_MAX ? (uInt)n : UINT_MAX;
}

static enum packing_step
gzip_step(void *state, struct packing_io *io, struct err *e)
{
	z_stream *z = state;
	uInt in = gzip_size(io->in_n), out = gzip_size(io->out_n);
	int result;

	/* zlib does not write there; its type lacks the const. */
	z->next_in = (unsigned char *)(uintptr_t)io->in;
	z->avail_in = in;
	z->next_out = io->out;
	z->avail_out = out;
	result = inflate(z, Z_NO_FLUSH);
	io->in += in - z->avail_in;
	io->in_n -= in - z->avail_in;
	io->out += out - z->avail_out;
	io->out_n -= out - z->avail_out;
	if (result == Z_STREAM_END)
		return PACKING_END;
	if (result == Z_OK || result == Z_BUF_ERROR)
		return PACKING_MORE;
	/* It has no text for each of its errors. */
	err_set(e, "%s", z->msg != NULL ? z->msg : zError(result));
	return PACKING_DAMAGED;
}

static void
gzip_end(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct packing *
packing_gzip(void)
{
	static const struct packing row = { "gzip", ".gz", gzip_begins,
		gzip_begin, gzip_step, gzip_end };

	return &row;
}
