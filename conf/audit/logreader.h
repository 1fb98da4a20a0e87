/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logreader - the lines of a decision log, its rotated files included
 *
 * Files are read from the oldest to the newest, compressed or not. What cannot
 * be read is an error, never skipped in silence: a report on part of a log must
 * not pass for one on all of it.
 */
#ifndef CONF_AUDIT_LOGREADER_H
#define CONF_AUDIT_LOGREADER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/lines.h"

struct logreader;

/* How far the reader is, in octets of the files as they are on disk. */
struct logreader_progress {
	uint64_t done;
	uint64_t total;
};

/*
 * Opens the log at path and, if rotated is true, its rotated files, such as
 * "path.1" and "path-20260331.xz". Rotated files last written before since
 * (seconds since 1970) are left out. Returns new; goes with logreader_close().
 * NULL with e filled when there is no file.
 */
struct logreader *logreader_open(const char *path, bool rotated,
    int64_t since, struct err *e);
void logreader_close(struct logreader **reader);

/*
 * The lines of the log; borrows until logreader_close(). A last line without a
 * newline is left out in the file at path, where it is still being written. In
 * a rotated file it was truncated, which is an error.
 */
struct lines *logreader_lines(struct logreader *reader);
struct logreader_progress logreader_progress(const struct logreader *reader);
#endif
