/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socketmap - a server of the socketmap protocol of Postfix and Sendmail
 *
 * Requests are netstrings of "NAME KEY", pipelined or not. Answers are
 * netstrings too, in the order of the requests. An idle connection is kept. A
 * client that is slow to send a request or to read its answers is
 * disconnected; so is one that sends anything but a netstring, after an answer
 * that says so. Lives on the event loop's thread.
 */
#ifndef MILTER_MAP_SOCKETMAP_H
#define MILTER_MAP_SOCKETMAP_H

#include <event2/event.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

struct socketmap;
struct socketmap_client;

enum {
	/* A request: its key is a host name or a path at most. */
	SOCKETMAP_REQUEST = 4096,
	/* An answer. */
	SOCKETMAP_ANSWER = 9000,
	/* Connections at once. Each smtp(8) process has one, 100 by default;
	 * each queue runner of Sendmail has one. */
	SOCKETMAP_CLIENTS = 10000
};

struct socketmap_handler {
	/*
	 * A question. The handler calls socketmap_answer() once for it, in
	 * this call or later on the loop. Until then no other request of
	 * the client is passed on. name and key borrow for the call.
	 */
	void (*ask)(struct socketmap_client *client, struct slice name,
	    struct slice key, void *data);
	/* The client is closed before its question was answered. It must not
	 * be answered any more. */
	void (*leave)(struct socketmap_client *client, void *data);
	void *data;                     /* for both */
};

/* Returns new; goes with socketmap_destroy(). */
struct socketmap *socketmap_create(struct event_base *base,
    const struct socketmap_handler *handler);
/* Serves what connects to fd, a listening, non-blocking socket. Takes fd, also
 * when it fails: -1 with e filled. */
int socketmap_listen(struct socketmap *map, int fd, struct err *e);
/* Ends that for a descriptor which was taken, and closes it; whoever has
 * connected is answered. On the loop. */
void socketmap_unlisten(struct socketmap *map, int fd);
/* Closes every connection. The loop has ended. */
void socketmap_destroy(struct socketmap **map);

/*
 * Answers the question of client, exactly once for each call of ask. text has
 * at most SOCKETMAP_ANSWER octets and is copied. Outside ask() it may serve the
 * client's next request before it returns, and close and free the client when
 * its connection fails: do not use client afterwards.
 */
void socketmap_answer(struct socketmap_client *client, struct slice text);
/* The handler's own pointer, kept with the client and not used here; NULL at
 * first. The handler owns what it points to. */
void socketmap_set_data(struct socketmap_client *client, void *data);
void *socketmap_get_data(const struct socketmap_client *client);
#endif
