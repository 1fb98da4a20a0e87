/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyfile - the file with the key that the decision log is written under
 *
 * It has two places, in sectors of their own. The next key is written to the
 * free one, and only when it is on the disk is the old key overwritten: a crash
 * leaves one key or both, never none, and opening the file erases the older of
 * two. Nothing is renamed, so no copy of an old key stays behind in blocks that
 * were freed; a file system that copies on write, or a snapshot, keeps one all
 * the same.
 */
#ifndef CONF_BASE_KEYFILE_H
#define CONF_BASE_KEYFILE_H

#include <sys/types.h>

#include "conf/base/logkey.h"

struct keyfile {
	int fd;                         /* owns; -1: not open */
	int place;                      /* of the key: 0 or 1 */
};

/* Makes the file, which must not exist, with mode 0600, for its owner alone.
 * 0, or -1 with e filled. */
int keyfile_create(const char *path, uid_t owner, gid_t group,
    const struct logkey *key, struct err *e);

/*
 * Opens the file and reads its key. It must be a regular file with one name,
 * no symbolic link, of the process's own user, and nobody else may read or
 * write it. 0, or -1 with e filled.
 */
int keyfile_open(struct keyfile *file, const char *path, struct logkey *key,
    struct err *e);
void keyfile_close(struct keyfile *file);

/* Puts next beside the key, which stays. 0: it is on the disk, and is the one
 * that an opening finds; -1 with e filled: nothing has changed. */
int keyfile_add(struct keyfile *file, const struct logkey *next,
    struct err *e);
/* Overwrites the key before the one that was added. 0, or -1 with e filled: it
 * is still there, and the next opening tries that again. */
int keyfile_erase_old(struct keyfile *file, struct err *e);
#endif
