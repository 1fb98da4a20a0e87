/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oldfile - the oldest rotated file of the decision log, and what it holds
 *
 * The names are those that conf/audit/logreader reads, and the order is the
 * same. A file that is not surely the log's own is never skipped: the files
 * behind it would be removed out of the middle of the chain.
 */
#ifndef MILTER_LOG_OLDFILE_H
#define MILTER_LOG_OLDFILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "policy/base/err.h"
#include "policy/judge/record_removed.h"

struct oldfile {
	struct stat st;
	int64_t newest;                 /* time of its newest record, seconds
	                                 * since 1970; of a file without lines
	                                 * that of its last change */
	struct record_removed record;   /* its name, end and file; a file
	                                 * without lines has none */
};

/* Finds the oldest rotated file of the log base in folder. Returns 1 with name
 * and st of *out, 0 when there is none, or -1 with e filled: the oldest is no
 * regular file of this user, or has another name than a rotation gives. */
int oldfile_find(int folder, const char *base, struct oldfile *out,
    struct err *e);

/* Whether the file that was found still has its name. */
bool oldfile_is_there(int folder, const struct oldfile *file);

/* Reads the file that was found, compressed or not. 0, or -1 with e
 * filled. */
int oldfile_scan(int folder, struct oldfile *file, struct err *e);

/* Removes the file that was scanned, if it is still that one, and waits until
 * that is on the disk. 0, or -1 with e filled. */
int oldfile_remove(int folder, const struct oldfile *file, struct err *e);
#endif
