/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logreader - the lines of a decision log, its rotated files included
 *
 * Oldest file first, compressed or not. What cannot be read is told, not
 * passed over: a report on half a log says so.
 */
#ifndef POLICY_AUDIT_LOGREADER_H
#define POLICY_AUDIT_LOGREADER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

/* "2026-03-31T18:00:00.123Z" of a record, as seconds since 1970; 0: none. */
int64_t logreader_time(const char *text);

struct logreader;

/* For who shows how far it is: called after each line. */
typedef void logreader_step_fn(const struct logreader *reader, void *data);

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
 * The next line, without its newline; it is good until the next call. false
 * at the end, or, with e->text not "", when a file could not be read to its
 * end (the call after it goes on with the next file). The last line of the file
 * named itself that has no newline is still being written: it is left out; in
 * a rotated file it was cut off.
 */
bool logreader_next(struct logreader *reader, struct slice *line,
    struct err *e);

/* The file and line number of the line last returned. */
const char *logreader_file(const struct logreader *reader);
unsigned long logreader_line(const struct logreader *reader);
struct logreader_progress logreader_progress(const struct logreader *reader);
#endif
