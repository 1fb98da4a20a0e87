/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message - one message under way: its recipients, and what they add up to
 *
 * Begins at MAIL or at the first recipient and lives until its end is
 * answered or it is abandoned, all in one arena. Accepted recipients are kept
 * with what was decided, and put on record when their fate is known. Knows
 * nothing of libmilter.
 */
#ifndef MILTER_SESSION_MESSAGE_H
#define MILTER_SESSION_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/judge/judge.h"

struct message;

/* Returns new; goes with message_finish() or message_abandon(). session is
 * the number the log knows it by, agreed what was negotiated (AGREED_...). */
struct message *message_begin(uint64_t session, unsigned agreed);

/* The words of MAIL: the sender as typed, the ESMTP parameters, NULL. Copies
 * what it keeps. */
void message_sender(struct message *message, char *const *words);

/* Whether queue_id, at a new recipient, says that this is another message
 * than the one in hand. */
bool message_is_another(const struct message *message,
    struct slice queue_id);

/*
 * Decides on a recipient. What is kept of macros and typed is copied. Returns
 * the refusal to give now, borrowed until the next call, or NULL.
 */
const struct reply *message_recipient(struct message *message,
    const struct macros *macros, struct slice typed);

/* Takes a header field into account, if any that is looked at. Copies. */
void message_header(struct message *message, struct slice name,
    struct slice value);

/* What is to be done with the whole message. All borrowed from it. */
struct ending {
	const struct reply *refusal;    /* NULL: none */
	const char *hold;               /* why; NULL: no quarantine */
	const char **tags;              /* bodies of fields to put on top */
	size_t tag_count;
	const unsigned *forged;         /* which of our fields are to go,
	                                 * counted from 1, in order */
	size_t forged_count;
};

/* Judges what could not be judged before. */
void message_end(struct message *message, struct ending *out);

/* Turns whatever the ending was into a deferral of the whole message, because
 * it could not be carried out. */
void message_end_failed(struct message *message, struct ending *out);

/* Records every kept recipient with what was done, and forgets the message. */
void message_finish(struct message **message, const struct ending *ending,
    struct slice queue_id);
/* The same for one that came to no end. */
void message_abandon(struct message **message);

/* How many are under way. */
size_t message_count(void);
/* Records all that are under way as abandoned: nobody may be in a callback
 * any more. */
void message_abandon_all(void);
#endif
