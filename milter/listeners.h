/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listeners - every socket the daemon listens on
 *
 * They are opened while the daemon may still be root, served when everything
 * else is ready, and removed at the end. These are our own sockets, which the
 * settings describe as `struct listen`; `struct listener` in the settings is
 * an SMTP port of the MTA.
 */
#ifndef MILTER_LISTENERS_H
#define MILTER_LISTENERS_H

#include <jansson.h>

#include "milter/base/privileges.h"
#include "policy/settings.h"

struct listeners;

/* Claims and binds all sockets of the settings, for the user and group that
 * user names. Returns new; goes with listeners_close(). NULL with e filled
 * and *status set to the exit status of the process. */
struct listeners *listeners_open(const struct settings *settings,
    const struct unix_user *user, int *status, struct err *e);

/* Serves the map and the control sockets on the event loop. Call it before the
 * loop runs. -1 with e filled. */
int listeners_serve(struct listeners *listeners, struct err *e);

/* Another policy is in force. Any thread, after listeners_serve() and before
 * listeners_end(). */
void listeners_reloaded(struct listeners *listeners);

/*
 * Opens and closes sockets of the map, or else of control, as settings have
 * them. New ones are bound without root: in a folder of the daemon's user, or
 * on a port that any user may bind. -1 with e filled: one cannot be opened, and
 * all is as it was. Whoever is connected stays, and is answered. By the
 * reloader's thread, after listeners_serve() and before listeners_end().
 */
int listeners_follow(struct listeners *listeners, bool is_map,
    const struct settings *settings, struct err *e);

/* The control sockets that are served now, as the policy writes them. Returns
 * new; goes with json_decref(). As listeners_follow(). */
json_t *listeners_controls(const struct listeners *listeners);

/* Whether there is a milter socket: the settings need not have one. */
bool listeners_have_milter(const struct listeners *listeners);

/* Closes the connections of both. Call it after the event loop has ended. */
void listeners_end(struct listeners *listeners);

/* Removes the socket files that are still ours, and frees all. */
void listeners_close(struct listeners **listeners);
#endif
