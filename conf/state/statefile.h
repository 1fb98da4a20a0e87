/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * statefile - the files of the state folder, read and written with care
 *
 * A file that is not plain, that is not owned by the folder's owner or root,
 * or that others may write, is not one of this program's and is refused.
 */
#ifndef CONF_STATE_STATEFILE_H
#define CONF_STATE_STATEFILE_H

#include "policy/base/arena.h"
#include "policy/base/err.h"

enum statefile {
	STATEFILE_UNREADABLE,           /* the system refused: e says why */
	STATEFILE_WRONG,                /* no file of ours, or too long */
	STATEFILE_NONE,
	STATEFILE_GOOD
};

/* Opens name for reading; GOOD: *fd is the caller's. */
enum statefile statefile_open(int folder, const char *name, int *fd,
    struct err *e);

/* Reads name whole, at most limit octets, into a. */
enum statefile statefile_read(int folder, const char *name, size_t limit,
    struct arena *a, struct slice *out, struct err *e);

/*
 * Writes n octets and syncs. flags are O_EXCL for a new file, O_APPEND to
 * write behind what is there. On -1 what was there before is there still, and
 * no part of text.
 */
int statefile_write(int folder, const char *name, int flags,
    const char *text, size_t n, struct err *e);
#endif
