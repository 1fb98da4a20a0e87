/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listeners - every socket the daemon listens on
 *
 * They are opened while the daemon may still be root, served when everything
 * else is ready, and removed at the end.
 */
#ifndef MILTER_LISTENERS_H
#define MILTER_LISTENERS_H

#include "milter/base/privileges.h"
#include "policy/settings.h"

struct listeners;

/* Claims and binds all of them. Returns new; goes with listeners_close(). NULL
 * on failure, *status is then the process's exit status. */
struct listeners *listeners_open(const struct settings *settings,
    const struct identity *identity, int *status, struct err *e);

/* Puts the map's and the control sockets on the event loop, which does not
 * run yet. */
int listeners_serve(struct listeners *listeners, struct err *e);

/* Closes the connections of both. The event loop has ended. */
void listeners_end(struct listeners *listeners);

/* Removes the sockets that are still ours. */
void listeners_close(struct listeners **listeners);
#endif
