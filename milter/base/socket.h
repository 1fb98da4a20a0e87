/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket - a place to listen at that belongs to this process alone
 *
 * A living daemon's socket is never touched: its lock file is tried first,
 * then a connection to it. A Unix socket is made under another name with a
 * strict umask, given its group and mode, and only then renamed into place:
 * nobody can connect before the mode holds, a stale one is replaced in one
 * step, and libmilter, which at exit removes whatever socket it finds under
 * the name it was given (FACTS 100), finds none.
 */
#ifndef MILTER_BASE_SOCKET_H
#define MILTER_BASE_SOCKET_H

#include <sys/types.h>

#include "conf/base/endpoint.h"
#include "policy/settings.h"

struct socket;

/* Who a Unix socket will belong to; (uid_t)-1 and (gid_t)-1 leave it. */
struct socket_owner {
	uid_t uid;
	gid_t gid;
};

/*
 * Makes sure that nobody else serves there and that nobody else will. Makes
 * the last folder of a Unix socket's path when it is missing. Returns new; goes
 * with socket_withdraw(). Not thread-safe: at start only. NULL on failure;
 * e->number is EADDRINUSE when somebody lives there, EINVAL when it is no
 * place to listen at.
 */
struct socket *socket_claim(const struct listen *where,
    const struct socket_owner *owner, struct err *e);

/* Where libmilter shall bind, for smfi_setconn(): under a strict umask, then
 * socket_publish(). */
void socket_milter(const struct socket *s, char *out, size_t size);

/* Binds and listens: for what is not libmilter's. Returns the descriptor,
 * which is non-blocking and the caller's, or -1. */
int socket_listen(const struct socket *s, struct err *e);

/* Gives a bound Unix socket its owner and mode and puts it into place.
 * Nothing to do for the others. */
int socket_publish(struct socket *s, struct err *e);

/* Removes the socket if it is still ours, and gives up the claim. */
void socket_withdraw(struct socket **s);
#endif
