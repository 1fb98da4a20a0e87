/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logfile - the decision log on disk: whole lines, each chained to the last
 *
 * Every line ends with `prev`, the SHA-256 of the line before it without its
 * newline, so that a line that was removed or changed is noticed. A line that
 * does not fit on a full disk is removed whole. Used by one thread.
 */
#ifndef MILTER_LOG_LOGFILE_H
#define MILTER_LOG_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/base/logkey.h"
#include "policy/base/err.h"
#include "policy/base/slice.h"

struct logfile;

/*
 * Returns new; goes with logfile_close(). Opens or makes the file at path and
 * continues its chain. An empty file continues the chain of before, if that has
 * the same path, or else of the newest rotated file beside it ("PATH.1",
 * "PATH-20260331"). NULL on failure. *cut is how many bytes of an unfinished
 * line were cut off its end.
 */
struct logfile *logfile_open(const char *path, const struct logfile *before,
    size_t *cut, struct err *e);
void logfile_close(struct logfile **file);

/* Whether it began when it was opened: it had no line, or was cut meanwhile, or
 * is another one than before. */
bool logfile_has_begun(const struct logfile *file);
/* The last line of the log when it was opened without a file before it; absent:
 * there was none. Borrows until the first line is appended. */
struct slice logfile_last_line(const struct logfile *file);

/* Lines are written under key from now on; NULL: under none. Borrows key until
 * the next call. */
void logfile_set_key(struct logfile *file, const struct logkey *key);
/* Waits until its lines are on the disk. 0, or -1 with e filled. */
int logfile_sync(const struct logfile *file, struct err *e);

/*
 * Appends records, objects without their last key and brace as
 * record_json() writes them, of at most LIMIT_DECISION octets each. *done is
 * how many reached the file, on failure too. 0, or -1 with e filled when the
 * file could not be written.
 */
int logfile_append(struct logfile *file, const struct slice *records,
    size_t count, size_t *done, struct err *e);

/* Renames it to "PATH-20260331T180000" (UTC). The next lines still go there
 * until another file is opened. 0, or -1 with e filled; it keeps its name
 * then. */
int logfile_move_away(const struct logfile *file, struct err *e);

/* Whether the file is no longer the one at its path, or no longer what was
 * written: it was moved, removed or cut. */
bool logfile_was_moved(const struct logfile *file);
const char *logfile_path(const struct logfile *file);
uint64_t logfile_size(const struct logfile *file);
#endif
