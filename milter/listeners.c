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
	gid_t group;                    /* (gid_t)-1: none was set */
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

/* The exit status for a socket that cannot be opened. */
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
listeners_owner_of(const struct listen *where, const struct unix_user *user,
    struct socket_owner *out, struct err *e)
{
	if (privileges_group(where->group, &out->gid, e) < 0)
		return -1;
	out->uid = (uid_t)-1;
	if (geteuid() != 0)
		return 0;
	out->uid = user->uid;
	if (out->gid == (gid_t)-1)
		out->gid = user->gid;
	return 0;
}

static int
listeners_open_milter(struct listeners *all, const struct listen *where,
    const struct unix_user *user, struct err *e)
{
	struct socket_owner owner;

	if (where->spec.p == NULL)
		return 0;
	if (listeners_owner_of(where, user, &owner, e) < 0)
		return -1;
	all->milter = socket_claim(where, &owner, e);
	if (all->milter == NULL)
		return -1;
	return milter_thread_open(all->milter, e);
}

static int
listeners_open_socket(struct bound_socket *bound, const struct listen *where,
    const struct unix_user *user, struct err *e)
{
	struct socket_owner owner;

	if (listeners_owner_of(where, user, &owner, e) < 0)
		return -1;
	bound->group = owner.gid;
	bound->socket = socket_claim(where, &owner, e);
	if (bound->socket == NULL)
		return -1;
	bound->fd = socket_listen(bound->socket, e);
	if (bound->fd < 0)
		return -1;
	return socket_publish(bound->socket, e);
}

static int
listeners_open_all(struct listeners *all, const struct settings *settings,
    const struct unix_user *user, struct err *e)
{
	/* As many as listeners_open() made room for. */
	assert(all->map_count == settings->map_count &&
	    all->control_count == settings->control_count);
	if (listeners_open_milter(all, &settings->milter, user, e) < 0)
		return -1;
	for (size_t i = 0; i < all->map_count; i++)
		if (listeners_open_socket(&all->maps[i], &settings->maps[i],
			user, e) < 0)
			return -1;
	for (size_t i = 0; i < all->control_count; i++)
		if (listeners_open_socket(&all->controls[i],
			&settings->controls[i], user, e) < 0)
			return -1;
	return 0;
}

static struct bound_socket *
listeners_make_sockets(size_t count)
{
	struct bound_socket *list = xcalloc(count, sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i].fd = -1;
	return list;
}

struct listeners *
listeners_open(const struct settings *settings, const struct unix_user *user,
    int *status, struct err *e)
{
	struct listeners *all = xcalloc(1, sizeof(*all));

	all->map_count = settings->map_count;
	all->maps = listeners_make_sockets(all->map_count);
	all->control_count = settings->control_count;
	all->controls = listeners_make_sockets(all->control_count);
	if (listeners_open_all(all, settings, user, e) >= 0)
		return all;
	*status = listeners_status_of(e);
	listeners_close(&all);
	return NULL;
}

static void
listeners_log(const char *line)
{
	log_notice("%s", line);
}

static int
listeners_serve_map(struct listeners *all, struct err *e)
{
	if (all->map_count == 0)
		return 0;
	all->map = map_create(loop_base(), listeners_log);
	for (size_t i = 0; i < all->map_count; i++) {
		int fd = all->maps[i].fd;

		assert(fd >= 0);
		all->maps[i].fd = -1;
		if (map_listen(all->map, fd, e) < 0)
			return -1;
	}
	return 0;
}

static int
listeners_serve_control(struct listeners *all, struct err *e)
{
	if (all->control_count == 0)
		return 0;
	all->control = control_server_create(loop_base());
	for (size_t i = 0; i < all->control_count; i++) {
		int fd = all->controls[i].fd;

		assert(fd >= 0);
		all->controls[i].fd = -1;
		if (control_server_listen(all->control, fd,
		    all->controls[i].group, e) < 0)
			return -1;
	}
	return 0;
}

int
listeners_serve(struct listeners *all, struct err *e)
{
	return listeners_serve_map(all, e) < 0
	    ? -1
	    : listeners_serve_control(all, e);
}

void
listeners_reloaded(struct listeners *all)
{
	if (all->map != NULL)
		map_reloaded(all->map);
}

void
listeners_end(struct listeners *all)
{
	if (all->map != NULL)
		map_destroy(&all->map);
	control_server_destroy(&all->control);
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

bool
listeners_have_milter(const struct listeners *all)
{
	return all->milter != NULL;
}

void
listeners_close(struct listeners **all)
{
	struct listeners *l = *all;

	if (l == NULL)
		return;
	socket_withdraw(&l->milter);
	listeners_withdraw(l->maps, l->map_count);
	listeners_withdraw(l->controls, l->control_count);
	free(l);
	*all = NULL;
}
