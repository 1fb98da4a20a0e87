/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packing - the formats of compressed files, a row each
 *
 * A file is one or more members, one after the other: members of gzip, streams
 * of xz, frames of zstd. A row unpacks one member; unpack.h has the file.
 */
#ifndef CONF_AUDIT_PACKING_H
#define CONF_AUDIT_PACKING_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/err.h"

enum {
	PACKING_HEAD = 6,               /* bytes by which each is recognised */
	/* What a file may make its reader allocate. xz -9 needs 65 MiB, zstd
	 * --ultra -22 128. */
	PACKING_MEMORY_LOG = 27,
	PACKING_MEMORY = 1 << PACKING_MEMORY_LOG
};

/* The unread input, and the room for output; each step moves both on. */
struct packing_io {
	const unsigned char *in;
	size_t in_n;
	unsigned char *out;
	size_t out_n;
};

enum packing_step {
	PACKING_MORE,                   /* needs more input, or room */
	PACKING_END,                    /* the member ends here, and is whole */
	PACKING_DAMAGED,                /* e says how */
	PACKING_TOO_LARGE               /* would take more than
	                                 * PACKING_MEMORY */
};

struct packing {
	const char *name;               /* of its program */
	const char *ending;             /* of the names of its files */
	bool (*begins)(const unsigned char *head, size_t n);
	/* Returns new, for a member; goes with end(). NULL with e filled. */
	void *(*begin)(struct err *e);
	enum packing_step (*step)(void *state, struct packing_io *io,
	    struct err *e);
	void (*end)(void *state);
};

const struct packing *packing_gzip(void);
const struct packing *packing_xz(void);
const struct packing *packing_zstd(void);
#endif
