/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socketfolder - the folder of a Unix socket, held open
 *
 * The daemon opens its sockets as root, in a folder that its own user may own.
 * That user could exchange a name on the way, or the socket itself, for a link
 * to a file of root's. So every name is used under the descriptor of its
 * folder, once, and no link is followed that another user made.
 */
#ifndef MILTER_BASE_SOCKETFOLDER_H
#define MILTER_BASE_SOCKETFOLDER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "policy/base/err.h"

/* "/proc/self/fd/N" of a descriptor: a name of what is open there, which
 * nobody can exchange. */
enum { SOCKETFOLDER_FD_PATH = 32 };

/*
 * Opens the folder of the socket at path, which is absolute, with O_PATH. Makes
 * its last folder if it is missing, for the user owner; (uid_t)-1 changes
 * nothing. Not thread-safe: at start only. The caller owns the descriptor; -1
 * on failure.
 */
int socketfolder_open(const char *path, uid_t owner, struct err *e);

/* Whether the folder of the socket at path is there, and is ours alone: no root
 * and no other user is needed to listen in it. */
bool socketfolder_is_own(const char *path);

/* Opens name in the folder with O_PATH, which reads and writes nothing, and no
 * link is followed. The caller owns the descriptor; -1 with errno. */
int socketfolder_pin(int folder, const char *name, struct stat *st);

void socketfolder_fd_path(int fd, char out[SOCKETFOLDER_FD_PATH]);
#endif
