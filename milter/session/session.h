/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session - one MTA connection, and its message
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
	uint64_t number;                /* from refid_next(); `session` in the
	                                 * log, as refid_show() writes it */
	struct message *message;        /* owns; NULL while idle */
	unsigned char phase;            /* enum phase */
	unsigned char agreed;           /* AGREED_..., see negotiate.h */
};

/* Returns new; goes with session_destroy(). agreed: AGREED_... bits. */
struct session *session_create(unsigned agreed);
/* Abandons its message. */
void session_destroy(struct session **session);
/* The same for a session whose message has been ended elsewhere. */
void session_forget(struct session **session);

/* Moves the session to its next phase, with the effects of that step. */
void session_move(struct session *session, enum event event);

/* The same for RCPT: queue_id shows whether another message has begun. */
void session_move_rcpt(struct session *session, struct slice queue_id);

/* Takes the message out, which the caller then finishes; NULL: none. */
struct message *session_take_message(struct session *session);
#endif
