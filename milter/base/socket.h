/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket - a listening address that this process alone uses
 *
 * The socket of a running daemon is never touched: first its lock file is
 * tried, then a connection to it. A Unix socket is bound under another name
 * with a strict umask, gets its group and mode, and is then renamed to its own
 * name. So nobody can connect before the mode is set, a stale socket is
 * replaced in one step, and libmilter, which removes at exit whatever socket
 * has the name it was given (FACTS 100), finds none. The daemon's own user can
 * exchange none of these names for a file of root's; see socketfolder.
 */
#ifndef MILTER_BASE_SOCKET_H
#define MILTER_BASE_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "conf/base/endpoint.h"
#include "policy/settings.h"

struct socket;

/* The owner of a Unix socket; (uid_t)-1 and (gid_t)-1 change nothing. */
struct socket_owner {
	uid_t uid;
	gid_t gid;
};

/*
 * Makes sure that no other process serves there, and that none of ours will
 * later. Makes the last folder of a Unix socket's path if it is missing, which
 * is not thread-safe: at start only. Returns new; goes with socket_withdraw().
 * NULL on failure; e->number is EADDRINUSE when another process serves there,
 * EINVAL when it is no address to listen on.
 */
struct socket *socket_claim(const struct listen *where,
    const struct socket_owner *owner, struct err *e);

/* The address for smfi_setconn(). libmilter binds under a strict umask; then
 * call socket_publish(). 0, or -1 with e filled. */
int socket_milter(struct socket *s, char *out, size_t size,
    struct err *e);

/* The address as the administrator knows it. */
void socket_show(const struct socket *s, char *out, size_t size);

/* Binds and listens, for sockets that are not libmilter's. Returns a
 * non-blocking descriptor, which the caller owns, or -1 with e filled. */
int socket_listen(struct socket *s, struct err *e);

/* Gives a bound Unix socket its owner and mode and renames it to its own
 * name. Once for each socket. Does nothing for the others. 0, or -1 with e
 * filled. */
int socket_publish(struct socket *s, struct err *e);

/* Whether the socket is where clients look for it: its file may have been
 * removed or replaced, with its folder too. */
bool socket_is_there(const struct socket *s);

/* Gives a published Unix socket another owner and mode, where it is. Does
 * nothing for the others. -1 with e filled: it has those it had before. */
int socket_set_access(struct socket *s, const struct socket_owner *owner,
    unsigned mode, struct err *e);

/* Removes the socket if it is still ours, and releases its lock. */
void socket_withdraw(struct socket **s);
#endif
