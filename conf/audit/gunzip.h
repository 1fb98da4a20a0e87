/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gunzip - the bytes of a file, whether it is compressed with gzip or not
 *
 * zlib's gzread() is not used: that of zlib 1.3.2 returns the end of the file
 * for one that is truncated, or damaged in its first block or in a later
 * member. Here a compressed file ends only where a member ends, its checksum is
 * right, and nothing follows; everything else is an error.
 */
#ifndef CONF_AUDIT_GUNZIP_H
#define CONF_AUDIT_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/err.h"

struct gunzip;

/* Reads fd from its start; takes fd. A file that is required to be compressed
 * must begin as gzip's do. Returns new; goes with gunzip_close(). */
struct gunzip *gunzip_open(int fd, bool required);
void gunzip_close(struct gunzip **in);

/* Reads up to size bytes, at least one: how many, 0 at the end, or -1 with the
 * cause in e. After -1 it must be closed. */
int gunzip_read(struct gunzip *in, char *out, size_t size, struct err *e);

/* Whether what was read so far comes out of a compressed file. */
bool gunzip_is_compressed(const struct gunzip *in);
/* How many bytes of the file were read. */
uint64_t gunzip_offset(const struct gunzip *in);
#endif
