/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stslink - a connection to the server of published policies
 *
 * Carries one question at a time. It is opened when a question is sent and
 * kept afterwards. Lives on the event loop's thread.
 */
#ifndef MILTER_MAP_STSLINK_H
#define MILTER_MAP_STSLINK_H

#include <stdbool.h>

#include <event2/event.h>

#include "policy/base/slice.h"
#include "policy/outbound/outbound.h"

struct stsserver;

/* Returns new; goes with stsserver_destroy(), when no link is open. */
struct stsserver *stsserver_create(struct event_base *base);
void stsserver_destroy(struct stsserver **server);

/* Where it is, as the settings name it: "inet:HOST:PORT:NAME" or
 * "unix:PATH:NAME", of which NAME is its map. Copies text. No link is open. */
void stsserver_set(struct stsserver *server, struct slice text);
/* Whether text is what was set last. */
bool stsserver_is(const struct stsserver *server, struct slice text);
/* Whether it could be read. */
bool stsserver_is_usable(const struct stsserver *server);

enum stslink_loss {
	STSLINK_REFUSED,                /* it was never connected */
	STSLINK_CLOSED,
	STSLINK_GARBLED                 /* the server broke the protocol */
};

struct stslink_handler {
	/* The answer to the question; text borrows for the call. */
	void (*answered)(void *data, enum publication publication,
	    struct slice text);
	/* The connection is closed; a question has no answer. */
	void (*lost)(void *data, enum stslink_loss loss);
};

struct stslink {
	const struct stslink_handler *handler;
	void *data;                     /* the handler's */
	struct bufferevent *bev;        /* owns; NULL: closed */
	bool connected;
	bool asking;                    /* an answer is due */
};

/* Sends a question about key, over a connection that is opened if need be.
 * -1: there can be none now. */
int stslink_ask(struct stslink *link, struct stsserver *server,
    struct slice key);
void stslink_close(struct stslink *link);
bool stslink_is_open(const struct stslink *link);
#endif
