/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/listeners.h"
#include "milter/base/loop.h"
#include "milter/base/socket.h"
#include "milter/log/log.h"
#include "milter/map/map.h"
#include "milter/milter_thread.h"
#include "milter/reload/control_server.h"
#include "policy/base/arena.h"

struct bound_socket {
	struct socket *socket;          /* owns */
	int fd;                         /* owns until it is served */
	gid_t group;                    /* (gid_t)-1: not ours to say */
};

struct listeners {
	struct socket *milter;          /* owns */
	struct bound_socket *maps;      /* owns */
	size_t map_count;
	struct map *map;                /* owns */
	struct bound_socket *controls;  /* owns */
	size_t control_count;
	struct control_server *control; /* owns */
};

/* The exit status for a socket that cannot be had. */
static int
listeners_status_of(const struct err *e)
{
	switch (e->number) {
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
listeners_owner_of(const struct listen *where, const struct identity *identity,
    struct socket_owner *out, struct err *e)
{
	if (privileges_group(where->group, &out->gid, e) < 0)
		return -1;
	out->uid = (uid_t)-1;
	if (geteuid() != 0)
		return 0;
	out->uid = identity->uid;
	if (out->gid == (gid_t)-1)
		out->gid = identity->gid;
	return 0;
}

static int
listeners_open_milter(struct listeners *doors, const struct listen *where,
    const struct identity *identity, struct err *e)
{
	struct socket_owner owner;

	if (listeners_owner_of(where, identity, &owner, e) < 0)
		return -1;
	doors->milter = socket_claim(where, &owner, e);
	if (doors->milter == NULL)
		return -1;
	return milter_thread_open(doors->milter, e);
}

static int
listeners_open_door(struct bound_socket *door, const struct listen *where,
    const struct identity *identity, struct err *e)
{
	struct socket_owner owner;

	if (listeners_owner_of(where, identity, &owner, e) < 0)
		return -1;
	door->group = owner.gid;
	door->socket = socket_claim(where, &owner, e);
	if (door->socket == NULL)
		return -1;
	door->fd = socket_listen(door->socket, e);
	if (door->fd < 0)
		return -1;
	return socket_publish(door->socket, e);
}

static int
listeners_open_all(struct listeners *doors, const struct settings *settings,
    const struct identity *identity, struct err *e)
{
	if (listeners_open_milter(doors, &settings->milter, identity, e) < 0)
		return -1;
	for (size_t i = 0; i < doors->map_count; i++)
		if (listeners_open_door(&doors->maps[i], &settings->maps[i],
			identity, e) < 0)
			return -1;
	for (size_t i = 0; i < doors->control_count; i++)
		if (listeners_open_door(&doors->controls[i],
			&settings->controls[i], identity, e) < 0)
			return -1;
	return 0;
}

static struct bound_socket *
listeners_make_doors(size_t count)
{
	struct bound_socket *list = xcalloc(count, sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i].fd = -1;
	return list;
}

struct listeners *
listeners_open(const struct settings *settings, const struct identity *identity,
    int *status, struct err *e)
{
	struct listeners *doors = xcalloc(1, sizeof(*doors));

	doors->map_count = settings->map_count;
	doors->maps = listeners_make_doors(doors->map_count);
	doors->control_count = settings->control_count;
	doors->controls = listeners_make_doors(doors->control_count);
	if (listeners_open_all(doors, settings, identity, e) == 0)
		return doors;
	*status = listeners_status_of(e);
	listeners_close(&doors);
	return NULL;
}

static void
listeners_say(const char *line)
{
	log_notice("%s", line);
}

static int
listeners_serve_map(struct listeners *doors, struct err *e)
{
	if (doors->map_count == 0)
		return 0;
	doors->map = map_create(loop_base(), listeners_say);
	for (size_t i = 0; i < doors->map_count; i++) {
		int fd = doors->maps[i].fd;

		assert(fd >= 0);
		doors->maps[i].fd = -1;
		if (map_listen(doors->map, fd, e) < 0)
			return -1;
	}
	return 0;
}

static int
listeners_serve_control(struct listeners *doors, struct err *e)
{
	if (doors->control_count == 0)
		return 0;
	doors->control = control_server_create(loop_base());
	for (size_t i = 0; i < doors->control_count; i++) {
		int fd = doors->controls[i].fd;

		assert(fd >= 0);
		doors->controls[i].fd = -1;
		if (control_server_listen(doors->control, fd,
		    doors->controls[i].group, e) < 0)
			return -1;
	}
	return 0;
}

int
listeners_serve(struct listeners *doors, struct err *e)
{
	return listeners_serve_map(doors, e) < 0
	    ? -1
	    : listeners_serve_control(doors, e);
}

void
listeners_end(struct listeners *doors)
{
	if (doors->map != NULL)
		map_destroy(&doors->map);
	control_server_destroy(&doors->control);
}

static void
listeners_withdraw(struct bound_socket *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].fd >= 0)
			close(list[i].fd);
		socket_withdraw(&list[i].socket);
	}
	free(list);
}

void
listeners_close(struct listeners **doors)
{
	struct listeners *d = *doors;

	if (d == NULL)
		return;
	socket_withdraw(&d->milter);
	listeners_withdraw(d->maps, d->map_count);
	listeners_withdraw(d->controls, d->control_count);
	free(d);
	*doors = NULL;
}
