/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <zstd.h>
#include <zstd_errors.h>

#include "conf/audit/packing.h"
#include "policy/base/slice.h"

/* RFC 8878 sections 3.1.1 and 3.1.2: a frame, or one to skip, which pzstd
 * writes before each. */
static bool
zstd_begins(const unsigned char *head, size_t n)
{
	static const unsigned char frame[] = { 0x28, 0xb5, 0x2f, 0xfd };
	static const unsigned char skipped[] = { 0x2a, 0x4d, 0x18 };

	if (n < sizeof(frame))
		return false;
	return memcmp(head, frame, sizeof(frame)) == 0 ||
	    ((head[0] & 0xf0) == 0x50 &&
	    memcmp(head + 1, skipped, sizeof(skipped)) == 0);
}

static void *
zstd_begin(struct err *e)
{
	ZSTD_DCtx *d = ZSTD_createDCtx();

	if (d != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(d,
	    ZSTD_d_windowLogMax, PACKING_MEMORY_LOG)))
		return d;
	err_set(e, "libzstd cannot be used");
	ZSTD_freeDCtx(d);
	return NULL;
}

static enum packing_step
zstd_step(void *state, struct packing_io *io, struct err *e)
{
	ZSTD_inBuffer in = { io->in, io->in_n, 0 };
	ZSTD_outBuffer out = { io->out, io->out_n, 0 };
	size_t result = ZSTD_decompressStream(state, &out, &in);
	ZSTD_ErrorCode code = ZSTD_getErrorCode(result);

	io->in += in.pos;
	io->in_n -= in.pos;
	io->out += out.pos;
	io->out_n -= out.pos;
	if (code == ZSTD_error_frameParameter_windowTooLarge ||
	    code == ZSTD_error_memory_allocation)
		return PACKING_TOO_LARGE;
	if (ZSTD_isError(result)) {
		err_set(e, "%s", ZSTD_getErrorName(result));
		return PACKING_DAMAGED;
	}
	return result == 0 ? PACKING_END : PACKING_MORE;
}

static void
zstd_end(void *state)
{
	ZSTD_freeDCtx(state);
}

const struct packing *
packing_zstd(void)
{
	static const struct packing row = { "zstd", ".zst", zstd_begins,
		zstd_begin, zstd_step, zstd_end };

	return &row;
}
