/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lastclients - who has connected to a socket that is about to be closed
 */
#ifndef MILTER_BASE_LASTCLIENTS_H
#define MILTER_BASE_LASTCLIENTS_H

#include <event2/listener.h>

/* On the loop: accepts whoever has connected to listener already, as it would
 * itself, before it is freed. */
void lastclients_accept(struct evconnlistener *listener,
    evconnlistener_cb on_connect, void *data);
#endif
