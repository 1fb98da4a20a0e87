/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * world - the macros of each MTA during a scripted session
 *
 * Follows one scripted session and sets the macros that Postfix 3.7 or Sendmail
 * 8.17 defines at each step, as measured. The values are in the arena of the
 * script.
 */
#ifndef TESTS_DRIVER_WORLD_H
#define TESTS_DRIVER_WORLD_H

#include "tests/driver/script.h"

enum { WORLD_MACROS = 48 };

struct world_macro {
	const char *name;
	struct slice value;             /* absent: not defined */
};

struct world {
	const struct client *client;
	struct arena *arena;
	bool postfix;
	unsigned number;                /* of messages, for queue ids */
	unsigned client_port;
	unsigned accepted;              /* recipients of this message */
	struct world_macro macros[WORLD_MACROS];
	size_t count;
};

/* Whether the MTA hands the message to a before-queue proxy: it has no queue
 * file, and the filter sees no end (FACTS 33). */
bool world_has_proxy(const struct world *w);

/* The port of a listener, as the driver reports it; 0: unknown name. */
unsigned world_port(struct slice listener);

/* Each session has its own client port, from this one on, which identifies its
 * records. */
enum { WORLD_PORT = 20000 };

/* At CONNECT. Returns false if a word that describes the client is unknown. */
bool world_begin(struct world *w, const struct client *client, bool postfix,
    unsigned number, struct arena *arena);
void world_helo(struct world *w);
bool world_starttls(struct world *w);
void world_auth(struct world *w);
/* path: the address as the client sent it. */
void world_mail(struct world *w, const char *path);
void world_rcpt(struct world *w, const char *path,
    const struct shown *shown);
void world_rcpt_accepted(struct world *w);
/* The message has ended or was abandoned. */
void world_message_over(struct world *w);
/* Whether Postfix's cleanup(8), not smtpd(8), sends the macro at the end of a
 * message. */
bool world_at_end(const struct world *w, const char *name);

struct slice world_get(const struct world *w, const char *name);
#endif
