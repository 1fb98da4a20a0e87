/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/base/socket.h"
#include "milter/base/socketfolder.h"
#include "policy/base/arena.h"

struct socket {
	struct endpoint at;
	struct socket_owner owner;
	unsigned mode;
	int folder;             /* owns; of a Unix socket; -1: none */
	const char *name;       /* in the folder; in at.path */
	int lock;               /* owns; of the lock file; -1: none */
	bool bound;             /* under its name until it is published */
	bool published;
	dev_t dev;              /* of the socket, once published */
	ino_t ino;
};

/* With the longest of the suffixes; ENDPOINT_PATH leaves room for them. */
enum { NAME_SIZE = ENDPOINT_PATH + sizeof(".lock") };

/* The socket's name in its folder. */
static void
socket_name_with(const struct socket *s, const char *suffix,
    char out[NAME_SIZE])
{
	snprintf(out, NAME_SIZE, "%s%s", s->name, suffix);
}

/* A path for bind(2), which takes no folder. */
static int
socket_bind_path(const struct socket *s, struct sockaddr_un *out,
    struct err *e)
{
	char folder[SOCKETFOLDER_FD_PATH];
	int n;

	assert(s->at.kind == ENDPOINT_UNIX && s->folder >= 0);
	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	socketfolder_fd_path(s->folder, folder);
	n = snprintf(out->sun_path, sizeof(out->sun_path), "%s/%s.new",
	    folder, s->name);
	if (n < 0 || (size_t)n >= sizeof(out->sun_path))
		return err_kind(e, EINVAL, "the name of %s is too long",
		    s->at.path);
	return 0;
}

/* 0 when somebody accepts connections there, else the errno of the attempt. On
 * our own host half a second is more than enough. */
static int
socket_try(int family, const struct sockaddr *address, socklen_t n)
{
	struct timeval timeout = { 0, 500000 };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int number;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	number = connect(fd, address, n) == 0 ? 0 : errno;
	close(fd);
	/* A full backlog, or a handshake under way: somebody listens. */
	return number == EAGAIN || number == EINPROGRESS ? 0 : number;
}

static struct addrinfo *
socket_resolve(const struct endpoint *at, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_family = at->kind == ENDPOINT_INET6 ? AF_INET6 : AF_INET,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *list;
	char port[8];
	int r;

	snprintf(port, sizeof(port), "%u", (unsigned)at->port);
	r = getaddrinfo(at->host, port, &hints, &list);
	if (r != 0) {
		err_kind(e, EADDRNOTAVAIL, "%s: %s", at->host,
		    gai_strerror(r));
		return NULL;
	}
	return list;
}

static int
socket_claim_inet(struct socket *s, struct err *e)
{
	struct addrinfo *list = socket_resolve(&s->at, e);
	int number;

	if (list == NULL)
		return -1;
	number = socket_try(list->ai_family, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	if (number != 0)
		return 0;
	return err_kind(e, EADDRINUSE, "somebody already serves %s port %u",
	    s->at.host, (unsigned)s->at.port);
}

/* A new lock file is the daemon's user's, so that this user may start the
 * daemon too. An old one is never given away: it may be any file. */
static int
socket_open_lock(const struct socket *s, const char *name)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = openat(s->folder, name, flags | O_CREAT | O_EXCL, 0600);

	if (fd < 0)
		return errno == EEXIST ? openat(s->folder, name, flags) : -1;
	if (fchown(fd, s->owner.uid, (gid_t)-1) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
socket_take_lock(struct socket *s, struct err *e)
{
	char name[NAME_SIZE];

	socket_name_with(s, ".lock", name);
	s->lock = socket_open_lock(s, name);
	if (s->lock < 0)
		return err_errno(e, "cannot open %s.lock", s->at.path);
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return err_errno(e, "cannot lock %s.lock", s->at.path);
	return err_kind(e, EADDRINUSE, "another process holds %s.lock",
	    s->at.path);
}

/* Whether anybody serves the socket that is open as fd. */
static int
socket_check_free(const struct socket *s, int fd, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int number;

	socketfolder_fd_path(fd, address.sun_path);
	number = socket_try(AF_UNIX, (struct sockaddr *)&address,
	    sizeof(address));
	if (number == 0)
		return err_kind(e, EADDRINUSE, "somebody already serves %s",
		    s->at.path);
	if (number != ECONNREFUSED)
		return err_kind(e, number, "cannot tell whether anybody "
		    "serves %s: %s", s->at.path, strerror(number));
	return 0;
}

static int
socket_claim_unix(struct socket *s, struct err *e)
{
	struct stat st;
	int fd, r;

	s->name = strrchr(s->at.path, '/') + 1;
	if (s->name[0] == '\0')
		return err_kind(e, EINVAL, "%s is a folder", s->at.path);
	s->folder = socketfolder_open(s->at.path, s->owner.uid, e);
	if (s->folder < 0 || socket_take_lock(s, e) < 0)
		return -1;
	fd = socketfolder_pin(s->folder, s->name, &st);
	if (fd < 0)
		return errno == ENOENT ? 0
		    : err_errno(e, "cannot stat %s", s->at.path);
	if (S_ISSOCK(st.st_mode))
		r = socket_check_free(s, fd, e);
	else
		r = err_kind(e, EEXIST, "%s is no socket: it is left alone",
		    s->at.path);
	close(fd);
	return r;
}

struct socket *
socket_claim(const struct listen *where, const struct socket_owner *owner,
    struct err *e)
{
	struct socket *s = xcalloc(1, sizeof(*s));
	int r;

	s->lock = s->folder = -1;
	s->owner = *owner;
	s->mode = where->socket_mode;
	r = endpoint_from(where->spec, &s->at, e);
	if (r < 0)
		e->number = EINVAL;
	else
		r = s->at.kind == ENDPOINT_UNIX ? socket_claim_unix(s, e)
						: socket_claim_inet(s, e);
	if (r == 0)
		return s;
	socket_withdraw(&s);
	return NULL;
}

/* Left behind by a process that was killed before the rename. */
static void
socket_remove_new(const struct socket *s)
{
	char name[NAME_SIZE];

	socket_name_with(s, ".new", name);
	unlinkat(s->folder, name, 0);
}

int
socket_milter(struct socket *s, char *out, size_t size, struct err *e)
{
	struct sockaddr_un address;

	if (s->at.kind != ENDPOINT_UNIX) {
		endpoint_milter(&s->at, out, size);
		return 0;
	}
	if (socket_bind_path(s, &address, e) < 0)
		return -1;
	socket_remove_new(s);
	s->bound = true;
	snprintf(out, size, "unix:%s", address.sun_path);
	return 0;
}

/* 0, or the errno of what failed. */
static int
socket_bind_unix(int fd, struct socket *s)
{
	struct sockaddr_un address;

	if (socket_bind_path(s, &address, NULL) < 0)
		return ENAMETOOLONG;
	socket_remove_new(s);
	/* The file gets the mode of the socket, so no umask is needed, which
	 * all threads share. */
	if (fchmod(fd, 0600) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return errno;
	s->bound = true;
	return 0;
}

static int
socket_bind_inet(int fd, const struct socket *s)
{
	struct err e;
	struct addrinfo *list = socket_resolve(&s->at, &e);
	int yes = 1, number;

	if (list == NULL)
		return e.number;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	number = bind(fd, list->ai_addr, list->ai_addrlen) == 0 ? 0 : errno;
	freeaddrinfo(list);
	return number;
}

int
socket_listen(struct socket *s, struct err *e)
{
	int family = s->at.kind == ENDPOINT_UNIX ? AF_UNIX
	    : s->at.kind == ENDPOINT_INET ? AF_INET : AF_INET6;
	char name[512];
	int fd, number;

	endpoint_show(&s->at, name, sizeof(name));
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(e, "%s: socket", name);
	number = family == AF_UNIX ? socket_bind_unix(fd, s)
				   : socket_bind_inet(fd, s);
	if (number == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	if (number == 0)
		number = errno;
	close(fd);
	return err_kind(e, number, "cannot listen on %s: %s", name,
	    strerror(number));
}

/* Gives the socket, open as fd, a mode and an owner. In between only its own
 * user can connect: whoever is to lose it never has it with the new group. */
static int
socket_give(const struct socket *s, int fd, const struct socket_owner *owner,
    unsigned mode, struct err *e)
{
	char path[SOCKETFOLDER_FD_PATH];

	socketfolder_fd_path(fd, path);
	if (chmod(path, mode & 0600) < 0)
		return err_errno(e, "cannot set the mode of %s", s->at.path);
	if (fchownat(fd, "", owner->uid, owner->gid, AT_EMPTY_PATH) < 0)
		return err_errno(e, "cannot give %s to its group%s",
		    s->at.path, errno == EPERM ? ", of which the daemon's user "
		    "is not a member" : "");
	if (chmod(path, mode) < 0)
		return err_errno(e, "cannot set the mode of %s", s->at.path);
	return 0;
}

/* The same of the socket that was just bound. */
static int
socket_give_new(const struct socket *s, int fd, const struct stat *st,
    struct err *e)
{
	/* In a folder of another user it may be exchanged by now. */
	if (!S_ISSOCK(st->st_mode) || st->st_uid != geteuid())
		return err_kind(e, EPERM, "%s.new is not the socket that was "
		    "made: somebody else writes in its folder", s->at.path);
	return socket_give(s, fd, &s->owner, s->mode, e);
}

int
socket_publish(struct socket *s, struct err *e)
{
	char name[NAME_SIZE];
	struct stat st;
	int fd, r;

	if (s->at.kind != ENDPOINT_UNIX)
		return 0;
	assert(s->lock >= 0 && !s->published);
	socket_name_with(s, ".new", name);
	fd = socketfolder_pin(s->folder, name, &st);
	if (fd < 0)
		return err_errno(e, "cannot open %s.new", s->at.path);
	r = socket_give_new(s, fd, &st, e);
	close(fd);
	if (r < 0)
		return -1;
	if (renameat(s->folder, name, s->folder, s->name) < 0)
		return err_errno(e, "cannot put %s into place", s->at.path);
	s->published = true;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

static bool
socket_is_same(const struct socket *s, const struct stat *st)
{
	return st->st_dev == s->dev && st->st_ino == s->ino;
}

bool
socket_is_there(const struct socket *s)
{
	struct stat st;

	return s->at.kind != ENDPOINT_UNIX || (s->published &&
	    stat(s->at.path, &st) == 0 && socket_is_same(s, &st));
}

int
socket_set_access(struct socket *s, const struct socket_owner *owner,
    unsigned mode, struct err *e)
{
	struct socket_owner before;
	struct stat st;
	int fd, r;

	if (s->at.kind != ENDPOINT_UNIX)
		return 0;
	assert(s->published);
	fd = socketfolder_pin(s->folder, s->name, &st);
	if (fd < 0)
		return err_errno(e, "cannot open %s", s->at.path);
	before = (struct socket_owner){ st.st_uid, st.st_gid };
	r = socket_is_same(s, &st) ? socket_give(s, fd, owner, mode, e)
	    : err_set(e, "%s is not the socket that was made", s->at.path);
	if (r == 0) {
		s->owner = *owner;
		s->mode = mode;
	} else if (socket_is_same(s, &st))
		socket_give(s, fd, &before, st.st_mode & 0777, NULL);
	close(fd);
	return r;
}

void
socket_show(const struct socket *s, char *out, size_t size)
{
	endpoint_show(&s->at, out, size);
}

void
socket_withdraw(struct socket **socket)
{
	struct socket *s = *socket;
	struct stat st;

	if (s == NULL)
		return;
	if (s->published && fstatat(s->folder, s->name, &st,
		AT_SYMLINK_NOFOLLOW) == 0 && socket_is_same(s, &st))
		unlinkat(s->folder, s->name, 0);
	if (s->bound && !s->published)
		socket_remove_new(s);
	if (s->lock >= 0)
		close(s->lock);
	if (s->folder >= 0)
		close(s->folder);
	free(s);
	*socket = NULL;
}
