/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * play - runs a scripted session as an MTA would take it
 *
 * Knows what an MTA does with each SMTP command and when it calls the filter;
 * who is called (the judge itself, or a daemon over its socket) is a player.
 * Every step whose answer is not the wanted one is printed with its file,
 * line and label, what came and what was wanted.
 */
#ifndef TESTS_DRIVER_PLAY_H
#define TESTS_DRIVER_PLAY_H

#include <jansson.h>

#include "tests/driver/script.h"
#include "tests/driver/world.h"

struct got {
	enum answered what;
	char code[4];
	char enhanced[12];
	char text[1024];
};

struct play {
	const struct script *script;
	const struct session *session;
	const char *how;                /* "postfix, mta=auto": for people */
	bool postfix;
	struct arena *arena;            /* of this session alone */
	struct world world;
	const struct player *player;
	void *with;                     /* the player's own */
	bool in_message;
	bool unknown_seen;
	const struct step *headers[8];
	size_t header_count;
	unsigned number;                /* of the session, within its run */
	json_t *records;                /* array of decision records of all
	                                 * sessions, each with "_number" */
	unsigned failed;
};

/* Whom the MTA calls. Each returns -1 and fills e when nothing can be said
 * any more. NULL members are steps it need not hear of. */
struct player {
	enum way way;
	int (*begin)(struct play *p, struct err *e);
	int (*helo)(struct play *p, const struct step *s, struct err *e);
	int (*mail)(struct play *p, const struct step *s, struct err *e);
	int (*rcpt)(struct play *p, const struct step *s, struct got *got,
	    struct err *e);
	int (*message)(struct play *p, struct got *got, struct err *e);
	int (*unknown)(struct play *p, const struct step *s, struct err *e);
	int (*abort)(struct play *p, bool always, struct err *e);
	int (*reload)(struct play *p, const struct policy_text *policy,
	    struct err *e);
	/* The session is over; wanted is how many records it must leave. */
	int (*end)(struct play *p, size_t wanted, struct err *e);
};

/* Whether the session can be shown this way, by this MTA. */
bool play_can(const struct play *p);
/* Runs one session. Returns how many of its steps failed. */
unsigned play_session(struct play *p);
/* Holds the records it left, once all are in p->records, against those it
 * wants. Returns how many steps failed. */
unsigned play_records(struct play *p);
/* Keeps a record as one of session number. Takes it. */
void play_keep(struct play *p, json_t *record, unsigned number);
#endif
