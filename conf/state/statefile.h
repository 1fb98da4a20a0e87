/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * statefile - the files of the state folder, read or written with care
 *
 * A file is refused unless it is a regular file, is owned by root or by the
 * folder's owner, and is writable for nobody else. folder is a descriptor of
 * the state folder, and name has no slash.
 */
#ifndef CONF_STATE_STATEFILE_H
#define CONF_STATE_STATEFILE_H

#include "policy/base/arena.h"
#include "policy/base/err.h"

enum statefile {
	STATEFILE_UNREADABLE,           /* a system call failed; e is filled */
	STATEFILE_INVALID,              /* refused, or too long; e is filled */
	STATEFILE_NONE,                 /* there is no such file */
	STATEFILE_GOOD
};

/* Opens name for reading. GOOD: *fd is the caller's to close. */
enum statefile statefile_open(int folder, const char *name, int *fd,
    struct err *e);

/* Reads the whole file; one of more than limit octets is INVALID. *out borrows
 * from a; it is absent unless the file is GOOD. */
enum statefile statefile_read(int folder, const char *name, size_t limit,
    struct arena *a, struct slice *out, struct err *e);

/*
 * Writes n octets of text and syncs the file. flags is O_TRUNC to replace its
 * content or O_APPEND to add to it. -1 with e filled on failure; then no part
 * of text is left in the file, and what was appended to is unchanged.
 */
int statefile_write(int folder, const char *name, int flags,
    const char *text, size_t n, struct err *e);

/*
 * Writes text in place of the file's content in one step: a reader finds the
 * old content or the new one. "NAME.new" in the same folder is used for that,
 * and may stay after a failure. -1 with e filled.
 */
int statefile_replace(int folder, const char *name, struct slice text,
    struct err *e);
#endif
