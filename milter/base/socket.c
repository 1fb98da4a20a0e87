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
#include "policy/base/arena.h"

struct socket {
	struct endpoint at;
	struct socket_owner owner;
	unsigned mode;
	int lock;               /* descriptor of the lock file; -1: none */
	bool published;
	dev_t dev;              /* of the socket, once published */
	ino_t ino;
};

/* With the longest of the suffixes; ENDPOINT_PATH leaves room for them. */
enum { PATH_SIZE = ENDPOINT_PATH + sizeof(".lock") };

static void
socket_path_with(const struct socket *s, const char *suffix,
    char out[PATH_SIZE])
{
	snprintf(out, PATH_SIZE, "%s%s", s->at.path, suffix);
}

static void
socket_unix_address(const char *path, struct sockaddr_un *out)
{
	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	assert(strlen(path) < sizeof(out->sun_path));
	memcpy(out->sun_path, path, strlen(path) + 1);
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

/* /run is empty after a boot. The folder is owned by the daemon, which must be
 * able to remove its socket. Everybody may enter it: the mode of the socket
 * decides who may connect. */
static int
socket_make_folder(const struct socket *s, struct err *e)
{
	char folder[PATH_SIZE];
	char *slash;

	socket_path_with(s, "", folder);
	slash = strrchr(folder, '/');
	assert(slash != NULL);
	if (slash == folder)
		return 0;
	*slash = '\0';
	if (mkdir(folder, 0755) < 0)
		return errno == EEXIST ? 0
		    : err_errno(e, "cannot make the folder %s", folder);
	if (chmod(folder, 0755) < 0 ||
	    chown(folder, s->owner.uid, (gid_t)-1) < 0)
		return err_errno(e, "cannot give away the folder %s", folder);
	return 0;
}

static int
socket_take_lock(struct socket *s, struct err *e)
{
	char path[PATH_SIZE];

	socket_path_with(s, ".lock", path);
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock < 0)
		return err_errno(e, "cannot open %s", path);
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return err_errno(e, "cannot lock %s", path);
	return err_kind(e, EADDRINUSE, "another process holds %s", path);
}

static int
socket_claim_unix(struct socket *s, struct err *e)
{
	struct sockaddr_un address;
	struct stat st;
	int number;

	if (socket_make_folder(s, e) < 0 || socket_take_lock(s, e) < 0)
		return -1;
	if (lstat(s->at.path, &st) < 0)
		return errno == ENOENT ? 0
		    : err_errno(e, "cannot stat %s", s->at.path);
	if (!S_ISSOCK(st.st_mode))
		return err_kind(e, EEXIST, "%s is no socket: it is left alone",
		    s->at.path);
	socket_unix_address(s->at.path, &address);
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

struct socket *
socket_claim(const struct listen *where, const struct socket_owner *owner,
    struct err *e)
{
	struct socket *s = xcalloc(1, sizeof(*s));
	int r;

	s->lock = -1;
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

void
socket_milter(const struct socket *s, char *out, size_t size)
{
	if (s->at.kind == ENDPOINT_UNIX)
		snprintf(out, size, "unix:%s.new", s->at.path);
	else
		endpoint_milter(&s->at, out, size);
	if (s->at.kind == ENDPOINT_UNIX) {
		/* Left behind by a process that was killed before the
		 * rename. */
		char path[PATH_SIZE];

		socket_path_with(s, ".new", path);
		unlink(path);
	}
}

/* 0, or the errno of what failed. */
static int
socket_bind_unix(int fd, const struct socket *s)
{
	struct sockaddr_un address;
	char path[PATH_SIZE];
	mode_t mask;
	int number;

	socket_path_with(s, ".new", path);
	unlink(path);
	socket_unix_address(path, &address);
	mask = umask(0177);
	number = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0
	    ? 0 : errno;
	umask(mask);
	return number;
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
socket_listen(const struct socket *s, struct err *e)
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

int
socket_publish(struct socket *s, struct err *e)
{
	char path[PATH_SIZE];
	struct stat st;

	if (s->at.kind != ENDPOINT_UNIX)
		return 0;
	assert(s->lock >= 0 && !s->published);
	socket_path_with(s, ".new", path);
	if (chown(path, s->owner.uid, s->owner.gid) < 0)
		return err_errno(e, "cannot give %s to its group", path);
	if (fchown(s->lock, s->owner.uid, (gid_t)-1) < 0)
		return err_errno(e, "cannot give away the lock of %s",
		    s->at.path);
	if (chmod(path, s->mode) < 0 || stat(path, &st) < 0)
		return err_errno(e, "cannot set the mode of %s", path);
	if (rename(path, s->at.path) < 0)
		return err_errno(e, "cannot put %s into place", s->at.path);
	s->published = true;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

void
socket_withdraw(struct socket **s)
{
	struct stat st;

	if (*s == NULL)
		return;
	if ((*s)->published && lstat((*s)->at.path, &st) == 0 &&
	    st.st_dev == (*s)->dev && st.st_ino == (*s)->ino)
		unlink((*s)->at.path);
	if ((*s)->lock >= 0)
		close((*s)->lock);
	free(*s);
	*s = NULL;
}
