/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socketmap - a server of the protocol Postfix and Sendmail ask maps in
 *
 * Requests are netstrings of "NAME KEY", answers netstrings too, in the order
 * of the questions, pipelined or not. An idle connection is kept; one that is
 * slow with a request or with reading its answers is closed; a frame that is
 * none is answered and ends the connection. Lives on the thread of the event
 * loop it was made for.
 */
#ifndef MILTER_MAP_SOCKETMAP_H
#define MILTER_MAP_SOCKETMAP_H

#include <event2/event.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

struct socketmap;
struct socketmap_client;

enum {
	/* A request; the key in it is at most a path. */
	SOCKETMAP_REQUEST = 4096,
	/* An answer. */
	SOCKETMAP_ANSWER = 9000,
	/* Connections at once: one a smtp(8) process, whose limit is 100 by
	 * default; Sendmail has one a queue runner. */
	SOCKETMAP_CLIENTS = 10000
};

struct socketmap_handler {
	/*
	 * Answers with socketmap_answer(), now or later on the loop. name
	 * and key borrow for the call.
	 */
	void (*ask)(struct socketmap_client *client, struct slice name,
	    struct slice key, void *data);
	/* The client is gone, and its question has no answer yet. */
	void (*leave)(struct socketmap_client *client, void *data);
	void *data;
};

/* Returns new; goes with socketmap_destroy(). */
struct socketmap *socketmap_create(struct event_base *base,
    const struct socketmap_handler *handler);
/* Serves what connects to fd, a listening, non-blocking socket. Takes fd. */
int socketmap_listen(struct socketmap *map, int fd, struct err *e);
/* Closes every connection. The loop does not run. */
void socketmap_destroy(struct socketmap **map);

void socketmap_answer(struct socketmap_client *client, struct slice text);
/* One pointer of the handler's, NULL at first. */
void socketmap_set(struct socketmap_client *client, void *own);
void *socketmap_get(const struct socketmap_client *client);
#endif
