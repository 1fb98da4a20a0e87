/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unpack - the bytes of a file, whether it is compressed or not
 *
 * gzip, xz and zstd are read. A compressed file ends only where a member of it
 * ends, its checksum is right, and nothing follows; everything else is an
 * error. That is why zlib's gzread() is not used: that of zlib 1.3.2 returns
 * the end of the file for one that is truncated, or damaged in its first block
 * or in a later member (FACTS 104).
 *
 * However much a file unpacks to, no more than PACKING_MEMORY and what the
 * caller asks for is kept of it.
 */
#ifndef CONF_AUDIT_UNPACK_H
#define CONF_AUDIT_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/err.h"

struct unpack;

/* Reads fd from its start; takes fd. A file whose name ends as compressed ones
 * do must be one of that format; borrows name. Returns new; goes with
 * unpack_close(). */
struct unpack *unpack_open(int fd, const char *name);
void unpack_close(struct unpack **in);

/* Reads up to size bytes, at least one: how many, 0 at the end, or -1 with the
 * cause and what to do in e. After -1 it must be closed. */
int unpack_read(struct unpack *in, char *out, size_t size, struct err *e);

/* Whether what was read so far comes out of a compressed file. */
bool unpack_is_compressed(const struct unpack *in);
/* How many bytes of the file were read. */
uint64_t unpack_offset(const struct unpack *in);

/* Whether a file of that name is compressed, in a format that is read or in
 * another one. */
bool unpack_name_is_compressed(const char *name);
#endif
