/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decisionfile - the file of the decision log, and the records on their way
 *
 * Keeps the records that the disk does not take, rotates the file, follows its
 * path and its key, and logs each failure once. Used by one thread at a time:
 * the one that starts the log, then its writer, then the one that stops it.
 */
#ifndef MILTER_LOG_DECISIONFILE_H
#define MILTER_LOG_DECISIONFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "milter/log/linequeue.h"
#include "policy/base/err.h"

/* Opens the log at path, NULL for none, under the key at key, NULL for none. 0,
 * or -1 with e filled when it cannot be opened. Goes with
 * decisionfile_close(). */
int decisionfile_open(const char *path, const char *key, struct err *e);

/* Closes the file, and forgets what was not written. */
void decisionfile_close(void);

/* Whether the last write failed. */
bool decisionfile_is_failing(void);

/* Renames a file that has max_size bytes (0: any size), and opens the one at
 * path when that is another one now, or when reopen is set; NULL: no log. One
 * that cannot be opened is tried again at the next call. key is NULL for
 * none. */
void decisionfile_follow(const char *path, const char *key, uint64_t max_size,
    bool reopen);

/* Writes what it has. wanted: without a file the records wait for one; else
 * they are dropped. false: the disk failed. */
bool decisionfile_write(bool wanted);

/* Takes the records of queue, which is empty then. All is written. */
void decisionfile_take(struct linequeue *queue);

/* Answers who waits for a mark in the log (logmark.h). */
void decisionfile_serve_mark(void);

bool decisionfile_all_is_written(void);
/* Records that are not written, and lost ones that were not logged. */
uint64_t decisionfile_unwritten(void);
#endif
