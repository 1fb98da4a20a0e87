/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message - one message: its recipients, and what becomes of all of them
 *
 * Begins at MAIL or at the first recipient and lives, in one arena, until its
 * end is answered or it is abandoned. Accepted recipients are kept with their
 * decisions, and recorded when it is known what was done with the message.
 * Knows nothing of libmilter.
 */
#ifndef MILTER_SESSION_MESSAGE_H
#define MILTER_SESSION_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/judge/judge.h"

struct message;

/* Returns new; goes with message_finish() or message_abandon(). session is the
 * number of the session (session.h), agreed what was negotiated (AGREED_...,
 * negotiate.h). */
struct message *message_begin(uint64_t session, unsigned agreed);

/* Notes MAIL: the sender, and whether REQUIRETLS is among the parameters
 * (RFC 8689). words: the sender as typed, the ESMTP parameters, NULL. Copies
 * what it keeps. */
void message_mail(struct message *message, char *const *words);

/* Whether queue_id, at a new recipient, shows that another message has
 * begun. */
bool message_is_another(const struct message *message,
    struct slice queue_id);

/*
 * Decides on a recipient. What is kept of macros and typed is copied. Returns
 * the refusal to give now, borrowed until the next call, or NULL.
 */
const struct reply *message_recipient(struct message *message,
    const struct macros *macros, struct slice typed);

/* How many bytes it uses, with all that it keeps. */
size_t message_memory(const struct message *message);

/* Notes a field of the header; messageheader.h lists those that are kept.
 * Copies it. */
void message_field(struct message *message, struct slice name,
    struct slice value);

/* What to do with the whole message. Borrows from it. */
struct ending {
	const struct reply *refusal;    /* NULL: none */
	const char *hold;               /* why; NULL: no quarantine */
	const char **tags;              /* bodies of fields to put on top */
	size_t tag_count;
	unsigned forged;                /* so many fields of our name are to
	                                 * be removed */
};

/* DATA, where queue_id is {i} there. Where it is the last sure event
 * (lastevent.h), judges all recipients for good and records those it accepts.
 * Nothing but out->refusal is ever set. */
void message_data(struct message *message, struct slice queue_id,
    struct ending *out);

/* Judges what could not be judged before, and again what was judged by another
 * snapshot or with an exception. */
void message_end(struct message *message, struct ending *out);

/* Defers the whole message instead, because the MTA refused a change. */
void message_end_failed(struct message *message, struct ending *out);

/*
 * Decides on a recipient, or with typed absent on a message's end, after
 * drain_close(), when no message may be touched: all that a rule asks about is
 * refused, and the refusal is recorded. Returns out, or NULL to go on.
 */
const struct reply *message_too_late(uint64_t session, unsigned agreed,
    const struct macros *macros, struct slice typed, struct reply *out);

/* Records every kept recipient with what was done, and frees the message. */
void message_finish(struct message **message, const struct ending *ending,
    struct slice queue_id);
/* The same for a message that was abandoned: nothing was done with it. *message
 * may be NULL. */
void message_abandon(struct message **message);

/* How many messages have begun and are neither finished nor abandoned. */
size_t message_count(void);

/* Puts the counter of recipients into the register of counters. */
void message_register(void);
/* How many recipients the MTA has asked about since the start. */
uint64_t message_asked(void);
/* Records all open messages as abandoned. No callback may be running. */
void message_abandon_all(void);
#endif
