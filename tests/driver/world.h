/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * world - what a client's doings look like in each MTA's macros
 *
 * Follows one scripted session and keeps the macros that Postfix 3.7 or
 * Sendmail 8.17 would have defined at each moment, as measured. The values
 * live in the arena of the script.
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

/* The MTA's port of a listener, as the driver shows it; 0: no such name. */
unsigned world_port(struct slice listener);

/* Sessions call from this port on, each from its own, so that their records
 * can be told apart. */
enum { WORLD_PORT = 20000 };

/* At CONNECT. false: the client is described by words nobody knows. */
bool world_begin(struct world *w, const struct client *client, bool postfix,
    unsigned number, struct arena *arena);
void world_helo(struct world *w);
bool world_starttls(struct world *w);
void world_auth(struct world *w);
/* path is the address as typed. */
void world_mail(struct world *w, const char *path);
void world_rcpt(struct world *w, const char *path,
    const struct shown *shown);
void world_rcpt_accepted(struct world *w);
/* The message is over, or abandoned. */
void world_message_over(struct world *w);
/* What Postfix's cleanup(8) shows at the end of a message, not smtpd(8). */
bool world_at_end(const struct world *w, const char *name);

struct slice world_get(const struct world *w, const char *name);
#endif
