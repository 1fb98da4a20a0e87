/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loglist - the files of a log, from the oldest to the newest
 *
 * The files are opened when they are listed, so a rotation later does not
 * matter. One between the listing and the opening renames a file, compresses it
 * or removes it: then all is listed again, so no file is missed, and none is
 * listed under two names.
 */
#ifndef CONF_AUDIT_LOGLIST_H
#define CONF_AUDIT_LOGLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/base/err.h"

struct log_part {
	char *path;                     /* owns */
	const char *kind;               /* why it is not read: it is no regular
	                                 * file; or NULL */
	int fd;                         /* owns; -1: it could not be opened, or
	                                 * somebody has taken it */
	dev_t dev;
	ino_t ino;
	bool live;                      /* the daemon may be writing to it */
	int64_t written;                /* nanoseconds since 1970 */
	uint64_t size;
};

struct loglist {
	struct log_part *files;         /* owns */
	size_t count;
};

/*
 * Lists the log at path and, if rotated is true, its rotated files that were
 * written since (seconds since 1970) or later. A file that cannot be opened, or
 * is no regular one, is listed too, so that reading it reports that. Fills
 * *out, which goes with loglist_clear(). -1 with e filled when there is no
 * file, its folder cannot be read, or the files change all the time.
 */
int loglist_open(const char *path, bool rotated, int64_t since,
    struct loglist *out, struct err *e);
void loglist_clear(struct loglist *list);

/* Opens a file that could not be opened when it was listed. 0, or -1 with e
 * filled. */
int loglist_open_again(struct log_part *file, struct err *e);
#endif
