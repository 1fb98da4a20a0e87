/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/socket.h>

#include "milter/base/lastclients.h"

void
lastclients_accept(struct evconnlistener *listener,
    evconnlistener_cb on_connect, void *data)
{
	int from = evconnlistener_get_fd(listener), fd;

	while ((fd = accept4(from, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
	    0)
		on_connect(listener, fd, NULL, 0, data);
}
