/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <lzma.h>

#include "conf/audit/packing.h"
#include "policy/base/arena.h"
#include "policy/base/slice.h"

static bool
xz_begins(const unsigned char *head, size_t n)
{
	static const unsigned char magic[] = { 0xfd, '7', 'z', 'X', 'Z', 0 };

	return n >= sizeof(magic) && memcmp(head, magic, sizeof(magic)) == 0;
}

static void *
xz_begin(struct err *e)
{
	static const lzma_stream fresh = LZMA_STREAM_INIT;
	lzma_stream *s = xcalloc(1, sizeof(*s));

	*s = fresh;
	/* A checksum that this liblzma does not know is none: an error. */
	if (lzma_stream_decoder(s, PACKING_MEMORY,
	    LZMA_TELL_UNSUPPORTED_CHECK) == LZMA_OK)
		return s;
	err_set(e, "liblzma cannot be used");
	free(s);
	return NULL;
}

static const char *
xz_damage(lzma_ret result)
{
	/* The library's enum has more values in newer versions. */
	if (result == LZMA_DATA_ERROR)
		return "the compressed data is damaged";
	if (result == LZMA_FORMAT_ERROR || result == LZMA_OPTIONS_ERROR)
		return "its header is damaged, or of a newer xz";
	if (result == LZMA_UNSUPPORTED_CHECK)
		return "its checksum is of a kind that liblzma does not have";
	return "liblzma cannot unpack it";
}

static enum packing_step
xz_step(void *state, struct packing_io *io, struct err *e)
{
	lzma_stream *s = state;
	lzma_ret result;

	s->next_in = io->in;
	s->avail_in = io->in_n;
	s->next_out = io->out;
	s->avail_out = io->out_n;
	result = lzma_code(s, LZMA_RUN);
	io->in = s->next_in;
	io->in_n = s->avail_in;
	io->out = s->next_out;
	io->out_n = s->avail_out;
	if (result == LZMA_STREAM_END)
		return PACKING_END;
	if (result == LZMA_OK || result == LZMA_BUF_ERROR)
		return PACKING_MORE;
	if (result == LZMA_MEMLIMIT_ERROR || result == LZMA_MEM_ERROR)
		return PACKING_TOO_LARGE;
	err_set(e, "%s", xz_damage(result));
	return PACKING_DAMAGED;
}

static void
xz_end(void *state)
{
	lzma_end(state);
	free(state);
}

const struct packing *
packing_xz(void)
{
	static const struct packing row = { "xz", ".xz", xz_begins, xz_begin,
		xz_step, xz_end };

	return &row;
}
