/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <netdb.h>
#include <unistd.h>

#include "tests/driver/dial.h"
#include "policy/base/slice.h"

static int
dial_unix(const char *path, struct err *e)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(name.sun_path))
		return err_set(e, "%s: path too long", path);
	memcpy(name.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, "socket");
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
		err_errno(e, "connect to %s", path);
		close(fd);
		return -1;
	}
	return fd;
}

static int
dial_inet(const char *host_port, struct err *e)
{
	const char *colon = strrchr(host_port, ':');
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	char host[256];
	int fd = -1;

	if (colon == NULL || (size_t)(colon - host_port) >= sizeof(host))
		return err_set(e, "%s: not HOST:PORT", host_port);
	memcpy(host, host_port, (size_t)(colon - host_port));
	host[colon - host_port] = '\0';
	if (getaddrinfo(host, colon + 1, &hints, &list) != 0)
		return err_set(e, "%s: not an address", host_port);
	fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1
	    && connect(fd, list->ai_addr, list->ai_addrlen) < 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(list);
	return fd < 0 ? err_errno(e, "connect to %s", host_port) : fd;
}

int
dial(const char *where, struct err *e)
{
	if (strncmp(where, "unix:", 5) == 0)
		return dial_unix(where + 5, e);
	if (strncmp(where, "inet:", 5) == 0)
		return dial_inet(where + 5, e);
	return err_set(e, "%s: neither unix: nor inet:", where);
}
