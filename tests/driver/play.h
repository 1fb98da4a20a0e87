/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * play - runs a scripted session as an MTA does
 *
 * It knows what an MTA does at each SMTP command and when it calls the filter.
 * A player receives the calls: the judge itself, or a daemon over its socket.
 * Every step with a wrong answer is printed with file, line and label, the
 * answer and the expected one.
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
	void *data;                     /* data of the player */
	bool in_message;
	bool unknown_seen;
	const struct step *headers[8];
	size_t header_count;
	unsigned number;                /* of the session, within its run */
	json_t *records;                /* array of decision records of all
	                                 * sessions, each with "_number" */
	unsigned failed;
};

/* What the MTA calls. Each function returns -1 and fills e if the session
 * cannot go on. A NULL member is a step that the player does not need. */
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
	/* The session has ended; wanted: the number of records it must
	 * leave. */
	int (*end)(struct play *p, size_t wanted, struct err *e);
};

/* Whether the session can be played in this way, with this MTA. */
bool play_can(const struct play *p);
/* Runs one session. Returns how many of its steps failed. */
unsigned play_session(struct play *p);
/* Compares the session's records, once all are in p->records, with those that
 * it wants. Returns how many steps failed. */
unsigned play_records(struct play *p);
/* Adds the records of a decision log to p->records, from *from on, which moves
 * behind the last whole line. A file that is not there has none. */
int play_read_records(struct play *p, const char *path, size_t *from,
    struct err *e);
#endif
