/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logreader - the lines of a decision log, its rotated files included
 *
 * Oldest file first, compressed or not. What cannot be read is told, not
 * passed over: a report on half a log says so.
 */
#ifndef CONF_AUDIT_LOGREADER_H
#define CONF_AUDIT_LOGREADER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/lines.h"

struct logreader;

/* What has been read of how much, for a bar. */
struct logreader_progress {
	uint64_t done;                  /* octets of the files, compressed as */
	uint64_t total;                 /* they are */
};

/*
 * Opens the log at path: path itself, and "path.1", "path-20260331.gz" and
 * the like beside it when rotated is true. Files last written before since
 * (seconds since 1970; 0: none) are left out. Returns new; goes with
 * logreader_close(). NULL when there is no such file at all.
 */
struct logreader *logreader_open(const char *path, bool rotated,
    int64_t since, struct err *e);
void logreader_close(struct logreader **reader);

/*
 * Its lines; borrows until logreader_close(). The last line of the file named
 * itself that has no newline is still being written: it is left out; in a
 * rotated file it was cut off, which is an error.
 */
struct lines *logreader_lines(struct logreader *reader);
struct logreader_progress logreader_progress(const struct logreader *reader);
#endif
