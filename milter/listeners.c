/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/listeners.h"
#include "milter/base/loop.h"
#include "milter/base/socket.h"
#include "milter/base/socketfolder.h"
#include "milter/log/log.h"
#include "milter/map/map.h"
#include "milter/milter_thread.h"
#include "milter/reload/control_server.h"
#include "policy/base/arena.h"
#include "policy/base/jsontext.h"

struct bound_socket {
	struct socket *socket;          /* owns */
	int fd;                         /* owns until it is served */
	bool served;
	gid_t group;                    /* (gid_t)-1: none was set */
	struct listen where;            /* its texts are in the listeners' */
};

struct listeners {
	struct arena *arena;            /* owns; for texts */
	gid_t group;                    /* of a socket without one of its own;
	                                 * (gid_t)-1: none */
	struct socket *milter;          /* owns */
	struct bound_socket *maps;      /* owns */
	size_t map_count;
	struct map *_Atomic map;        /* owns; made by the loop's thread,
	                                 * read by the reloader's */
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

/* Binds a socket for that owner; *bound is to be withdrawn in any case. */
static int
listeners_bind(struct listeners *all, struct bound_socket *bound,
    const struct listen *where, struct socket_owner owner, struct err *e)
{
	bound->where = *where;
	bound->where.spec = arena_copy(all->arena, where->spec);
	bound->where.group = arena_copy(all->arena, where->group);
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
listeners_open_socket(struct listeners *all, struct bound_socket *bound,
    const struct listen *where, const struct unix_user *user, struct err *e)
{
	struct socket_owner owner;

	return listeners_owner_of(where, user, &owner, e) < 0 ? -1
	    : listeners_bind(all, bound, where, owner, e);
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
		if (listeners_open_socket(all, &all->maps[i],
			&settings->maps[i], user, e) < 0)
			return -1;
	for (size_t i = 0; i < all->control_count; i++)
		if (listeners_open_socket(all, &all->controls[i],
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

	all->arena = arena_create(1024);
	all->group = geteuid() == 0 ? user->gid : (gid_t)-1;
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
		all->maps[i].served = true;
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
		all->controls[i].served = true;
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

static void
listeners_withdraw(struct bound_socket *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].fd >= 0 && !list[i].served)
			close(list[i].fd);
		socket_withdraw(&list[i].socket);
	}
	free(list);
}

/* A socket that is served after a reload. */
struct served_socket {
	int fd;
	gid_t group;
	bool is_new;
};

/* What a reload changes of one kind of sockets, for the event loop. */
struct change_of_sockets {
	struct listeners *all;          /* borrows */
	bool is_map;                    /* else control */
	struct served_socket *served;   /* owns */
	int *closed;                    /* owns; descriptors */
	size_t served_count, closed_count;
};

static void
listeners_serve_one(struct change_of_sockets *c, const struct served_socket *s)
{
	struct listeners *all = c->all;
	struct err e;
	int r = 0;

	if (c->is_map && s->is_new)
		r = map_listen(all->map, s->fd, &e);
	else if (s->is_new)
		r = control_server_listen(all->control, s->fd, s->group, &e);
	else if (!c->is_map)
		control_server_set_group(all->control, s->fd, s->group);
	if (r < 0)
		log_error("%s", e.text);
}

/* On the loop: new sockets are served before old ones are not. */
static void
listeners_on_change(evutil_socket_t fd ATTR_UNUSED, short what ATTR_UNUSED,
    void *data)
{
	struct change_of_sockets *c = data;
	struct listeners *all = c->all;

	if (c->is_map && all->map == NULL)
		all->map = map_create(loop_base(), listeners_log);
	if (!c->is_map && all->control == NULL)
		all->control = control_server_create(loop_base());
	for (size_t i = 0; i < c->served_count; i++)
		listeners_serve_one(c, &c->served[i]);
	for (size_t i = 0; i < c->closed_count; i++) {
		if (c->is_map)
			map_unlisten(all->map, c->closed[i]);
		else
			control_server_unlisten(all->control, c->closed[i]);
	}
	free(c->served);
	free(c->closed);
	free(c);
}

/* The socket of the list that is at this address; NULL: none. */
static struct bound_socket *
listeners_find(struct bound_socket *list, size_t count,
    const struct listen *where)
{
	struct endpoint wanted, at;

	if (endpoint_from(where->spec, &wanted, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (endpoint_from(list[i].where.spec, &at, NULL) == 0 &&
		    endpoint_equal(&at, &wanted))
			return &list[i];
	return NULL;
}

/* The owner of a socket that is opened without root: its group is the one that
 * root would have given it. */
static int
listeners_later_owner(const struct listeners *all, const struct listen *where,
    struct socket_owner *out, struct err *e)
{
	*out = (struct socket_owner){ .uid = (uid_t)-1 };
	if (privileges_group(where->group, &out->gid, e) < 0)
		return -1;
	if (out->gid == (gid_t)-1)
		out->gid = all->group;
	return 0;
}

/* Opens one without root; -1 with e filled. */
static int
listeners_open_later(struct listeners *all, struct bound_socket *bound,
    const struct listen *where, struct err *e)
{
	struct socket_owner owner;
	struct endpoint at;

	if (endpoint_from(where->spec, &at, e) < 0 ||
	    listeners_later_owner(all, where, &owner, e) < 0)
		return -1;
	if (at.kind == ENDPOINT_UNIX && !socketfolder_is_own(at.path))
		return err_kind(e, EACCES, "the folder of %s is not that of "
		    "the daemon's user alone", at.path);
	return listeners_bind(all, bound, where, owner, e);
}

/* Whether the socket, or NULL, stays. The lock of one that is gone is given
 * back, so that it can be opened again. */
static bool
listeners_stays(struct bound_socket *bound)
{
	if (bound == NULL || bound->socket == NULL)
		return false;
	if (!socket_is_there(bound->socket))
		socket_withdraw(&bound->socket);
	return bound->socket != NULL;
}

/* Opens what is wanted and not there. -1 with e filled. */
static int
listeners_open_new(struct listeners *all, struct bound_socket *old,
    size_t old_count, struct bound_socket *new, const struct listen *wanted,
    size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (!listeners_stays(listeners_find(old, old_count,
		    &wanted[i])) &&
		    listeners_open_later(all, &new[i], &wanted[i], e) < 0)
			return -1;
	return 0;
}

/* Gives one that stays the group and the mode that are wanted, which have a
 * meaning only for a Unix socket. */
static int
listeners_set_access(struct listeners *all, struct bound_socket *bound,
    const struct listen *where, struct err *e)
{
	struct socket_owner owner;
	gid_t group;

	if (bound->where.socket_mode == where->socket_mode &&
	    slice_eq(bound->where.group, where->group))
		return 0;
	if (listeners_later_owner(all, where, &owner, e) < 0)
		return -1;
	group = owner.gid;
	/* It must not stay with the group that it had. */
	if (owner.gid == (gid_t)-1)
		owner.gid = getegid();
	if (socket_set_access(bound->socket, &owner, where->socket_mode,
		e) < 0)
		return -1;
	bound->group = group;
	bound->where.socket_mode = where->socket_mode;
	bound->where.group = arena_copy(all->arena, where->group);
	return 0;
}

/* Moves those that stay to the new list, with the access that is wanted. -1
 * with e filled: some have that already; see listeners_restore(). */
static int
listeners_keep(struct listeners *all, struct bound_socket *old,
    size_t old_count, struct bound_socket *new, const struct listen *wanted,
    size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct bound_socket *kept = listeners_find(old, old_count,
		    &wanted[i]);

		if (new[i].socket == NULL && listeners_set_access(all, kept,
		    &wanted[i], e) < 0)
			return -1;
	}
	for (size_t i = 0; i < count; i++) {
		struct bound_socket *kept = listeners_find(old, old_count,
		    &wanted[i]);

		if (new[i].socket != NULL)
			continue;
		new[i] = *kept;
		*kept = (struct bound_socket){ .fd = -1 };
	}
	return 0;
}

/* Hands the change to the loop, and withdraws what is not wanted any more. */
static void
listeners_hand_over(struct listeners *all, bool is_map,
    struct bound_socket *old, size_t old_count, struct bound_socket *new,
    size_t count)
{
	static const struct timeval at_once;
	struct change_of_sockets *c = xcalloc(1, sizeof(*c));

	c->all = all;
	c->is_map = is_map;
	c->served = xcalloc(count + 1, sizeof(*c->served));
	c->closed = xcalloc(old_count + 1, sizeof(*c->closed));
	for (size_t i = 0; i < count; i++) {
		c->served[c->served_count++] = (struct served_socket){
			.fd = new[i].fd, .group = new[i].group,
			.is_new = !new[i].served };
		new[i].served = true;
	}
	for (size_t i = 0; i < old_count; i++)
		if (old[i].served)
			c->closed[c->closed_count++] = old[i].fd;
	listeners_withdraw(old, old_count);
	if (event_base_once(loop_base(), -1, EV_TIMEOUT, listeners_on_change, c,
	    &at_once) < 0)
		abort();                /* it fails only without memory */
}

/* Gives sockets the access back that they had before it was to change. */
static void
listeners_restore(struct listeners *all, struct bound_socket *list,
    const struct listen *before, size_t count)
{
	struct err e;

	for (size_t i = 0; i < count; i++)
		if (list[i].socket != NULL && listeners_set_access(all,
		    &list[i], &before[i], &e) < 0)
			log_error("%s", e.text);
}

static struct listen *
listeners_places(const struct bound_socket *list, size_t count)
{
	struct listen *places = xcalloc(count + 1, sizeof(*places));

	for (size_t i = 0; i < count; i++)
		places[i] = list[i].where;
	return places;
}

int
listeners_follow(struct listeners *all, bool is_map,
    const struct settings *settings, struct err *e)
{
	const struct listen *wanted = is_map ? settings->maps
	    : settings->controls;
	size_t count = is_map ? settings->map_count : settings->control_count;
	struct bound_socket **list = is_map ? &all->maps : &all->controls;
	size_t *now = is_map ? &all->map_count : &all->control_count;
	struct bound_socket *new = listeners_make_sockets(count);
	struct listen *before = listeners_places(*list, *now);
	int r = listeners_open_new(all, *list, *now, new, wanted, count, e);

	if (r == 0)
		r = listeners_keep(all, *list, *now, new, wanted, count, e);
	if (r < 0) {
		listeners_restore(all, *list, before, *now);
		listeners_withdraw(new, count);
	} else {
		listeners_hand_over(all, is_map, *list, *now, new, count);
		*list = new;
		*now = count;
	}
	free(before);
	return r;
}

void
listeners_end(struct listeners *all)
{
	struct map *map = all->map;

	all->map = NULL;
	map_destroy(&map);
	control_server_destroy(&all->control);
}

json_t *
listeners_controls(const struct listeners *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->control_count; i++)
		json_array_append_new(list,
		    jsontext_exact(all->controls[i].where.spec));
	return list;
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
	arena_destroy(&l->arena);
	free(l);
	*all = NULL;
}
