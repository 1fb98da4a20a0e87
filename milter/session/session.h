/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session - one MTA connection, and the message it has in hand
 *
 * All that an idle session keeps. libmilter's callbacks for one session never
 * overlap, though they may come on different threads.
 */
#ifndef MILTER_SESSION_SESSION_H
#define MILTER_SESSION_SESSION_H

#include <stdint.h>

#include "milter/session/message.h"
#include "milter/session/phase.h"

struct session {
	uint64_t number;                /* what the log calls it */
	struct message *message;        /* owns; NULL while idle */
	unsigned char phase;            /* enum phase */
	unsigned char agreed;           /* AGREED_... */
};

/* Returns new; goes with session_destroy(). */
struct session *session_create(unsigned agreed);
/* Abandons what is in hand. */
void session_destroy(struct session **session);
/* The same without its message, which somebody else has ended. */
void session_forget(struct session **session);

/* Moves it and carries out what the step asks for. */
void session_move(struct session *session, enum event event);

/* The same for RCPT: queue_id tells whether it is still the same message. */
void session_move_rcpt(struct session *session, struct slice queue_id);

/* Takes the message out, to be finished by the caller; NULL: none. */
struct message *session_take_message(struct session *session);
#endif
