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
	 * Answers with socketmap_answer(), now or later on the loop. name
	 * and key borrow for the call.
	 */
	void (*ask)(struct socketmap_client *client, struct slice name,
	    struct slice key, void *data);
	/* The client has disconnected before its question was answered. */
	void (*leave)(struct socketmap_client *client, void *data);
	void *data;
};

/* Returns new; goes with socketmap_destroy(). */
struct socketmap *socketmap_create(struct event_base *base,
    const struct socketmap_handler *handler);
/* Serves what connects to fd, a listening, non-blocking socket. Takes fd. */
int socketmap_listen(struct socketmap *map, int fd, struct err *e);
/* Closes every connection. The loop has ended. */
void socketmap_destroy(struct socketmap **map);

void socketmap_answer(struct socketmap_client *client, struct slice text);
/* A pointer that the handler keeps with a client; NULL at first. */
void socketmap_set_data(struct socketmap_client *client, void *data);
void *socketmap_get_data(const struct socketmap_client *client);
#endif
