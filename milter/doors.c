/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/doors.h"
#include "milter/journal.h"
#include "milter/loop.h"
#include "milter/map.h"
#include "milter/serving.h"
#include "milter/socket.h"
#include "policy/arena.h"

struct map_door {
	struct socket *socket;          /* owns */
	int fd;                         /* owns until the map serves it */
};

struct doors {
	struct socket *milter;          /* owns */
	struct map_door *maps;          /* owns */
	size_t map_count;
	struct map *map;                /* owns */
};

/* The exit status for a socket that cannot be had. */
static int
status_of(int number)
{
	switch (number) {
	case EADDRINUSE:
		return EX_UNAVAILABLE;
	case EACCES:
	case EPERM:
		return EX_NOPERM;
	case EINVAL:
		return EX_CONFIG;
	default:
		return EX_OSERR;
	}
}

static int
owner_of(const struct listen *where, const struct identity *identity,
    struct socket_owner *out, struct err *e)
{
	if (privileges_group(where->group, &out->gid, e) < 0) {
		errno = EINVAL;
		return -1;
	}
	out->uid = (uid_t)-1;
	if (geteuid() != 0)
		return 0;
	out->uid = identity->uid;
	if (out->gid == (gid_t)-1)
		out->gid = identity->gid;
	return 0;
}

static int
open_milter(struct doors *doors, const struct listen *where,
    const struct identity *identity, struct err *e)
{
	struct socket_owner owner;

	if (owner_of(where, identity, &owner, e) < 0)
		return -1;
	doors->milter = socket_claim(where, e);
	if (doors->milter == NULL)
		return -1;
	return serving_open(doors->milter, &owner, where->socket_mode, e);
}

static int
open_map(struct map_door *door, const struct listen *where,
    const struct identity *identity, struct err *e)
{
	struct socket_owner owner;

	if (owner_of(where, identity, &owner, e) < 0)
		return -1;
	door->socket = socket_claim(where, e);
	if (door->socket == NULL)
		return -1;
	door->fd = socket_listen(door->socket, e);
	if (door->fd == -1)
		return -1;
	return socket_publish(door->socket, &owner, where->socket_mode, e);
}

static int
open_all(struct doors *doors, const struct settings *settings,
    const struct identity *identity, struct err *e)
{
	if (open_milter(doors, &settings->milter, identity, e) < 0)
		return -1;
	for (size_t i = 0; i < doors->map_count; i++)
		if (open_map(&doors->maps[i], &settings->maps[i], identity,
		    e) < 0)
			return -1;
	return 0;
}

struct doors *
doors_open(const struct settings *settings, const struct identity *identity,
    int *status, struct err *e)
{
	struct doors *doors = xcalloc(1, sizeof(*doors));

	doors->map_count = settings->map_count;
	doors->maps = xcalloc(doors->map_count, sizeof(*doors->maps));
	for (size_t i = 0; i < doors->map_count; i++)
		doors->maps[i].fd = -1;
	errno = 0;
	if (open_all(doors, settings, identity, e) == 0)
		return doors;
	*status = status_of(errno);
	doors_close(&doors);
	return NULL;
}

static void
say(const char *line)
{
	journal_notice("%s", line);
}

int
doors_serve_map(struct doors *doors, struct err *e)
{
	if (doors->map_count == 0)
		return 0;
	doors->map = map_create(loop_base(), say);
	for (size_t i = 0; i < doors->map_count; i++) {
		int fd = doors->maps[i].fd;

		doors->maps[i].fd = -1;
		if (map_listen(doors->map, fd, e) < 0)
			return -1;
	}
	return 0;
}

void
doors_end_map(struct doors *doors)
{
	if (doors->map != NULL)
		map_destroy(&doors->map);
}

void
doors_close(struct doors **doors)
{
	struct doors *d = *doors;

	if (d == NULL)
		return;
	socket_withdraw(&d->milter);
	for (size_t i = 0; i < d->map_count; i++) {
		if (d->maps[i].fd != -1)
			close(d->maps[i].fd);
		socket_withdraw(&d->maps[i].socket);
	}
	free(d->maps);
	free(d);
	*doors = NULL;
}
