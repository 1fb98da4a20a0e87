/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message_rcpt - a recipient of a message, until it is accepted or refused
 *
 * For milter/session/message.c alone.
 */
#ifndef MILTER_SESSION_MESSAGE_RCPT_H
#define MILTER_SESSION_MESSAGE_RCPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/snapshot.h"
#include "milter/session/message.h"
#include "milter/session/messageheader.h"
#include "milter/session/recipients.h"
#include "milter/session/tag.h"

/* The most snapshots that one message keeps from being freed. */
enum { SNAPSHOTS = 4 };

struct message {
	struct arena *arena;            /* owns; this struct is in it */
	struct snapshot *snapshot;      /* the newest of held */
	const struct policy *policy;    /* of the snapshot */
	struct snapshot *held[SNAPSHOTS];       /* counted: those that
	                                 * recipients were judged by */
	size_t held_count;
	bool changed;                   /* a second snapshot was taken */
	uint64_t session;
	unsigned agreed;
	struct slice sender;            /* absent without MAIL */
	bool requiretls;                /* MAIL had it (RFC 8689) */
	struct request *common;         /* of the first recipient, or the last
	                                 * kept; NULL: there was none yet */
	struct slice queue_id;          /* at the last recipient */
	struct recipients accepted;
	struct messageheader fields;
	struct tags tags;
	struct reply refusal;           /* the last one given */
	/* The list of open messages, under its lock. */
	struct message *next, **link;
};

/* Takes the snapshot in force for the next recipient. Those before it keep
 * theirs until the last sure event. */
void message_take_snapshot(struct message *m);

/* Drops all that it holds: no recipient is judged again. */
void message_drop_snapshots(struct message *m);

bool message_only_logs(const struct message *m);

/* Keeps what the session needs, whether this recipient is kept or not. */
void message_keep_session(struct message *m, const struct macros *macros);

/* A recipient that is not judged yet, in the arena of m. */
struct recipient_record *message_make_recipient(struct message *m,
    const struct macros *macros, struct slice typed);

/* What the message keeps of a recipient until its end. */
enum message_keep {
	MESSAGE_KEEP_NOTHING,
	MESSAGE_KEEP_REQUEST,
	MESSAGE_KEEP_ALL
};

/* Refuses or accepts r, which was judged. *refusal is the refusal to give,
 * borrowed until the next one, or NULL. */
enum message_keep message_settle(struct message *m, struct recipient_record *r,
    const struct reply **refusal);

/* Refuses r for a reason of our own, and records that. Borrowed until the next
 * refusal. */
const struct reply *message_refuse(struct message *m,
    struct recipient_record *r, enum reason reason);

/* Fills what every record of the message has. */
void message_describe(const struct message *m, struct record_context *out);

/* Records a recipient at once: a refused one, or one too many to keep. */
void message_record_now(struct message *m, const struct recipient_record *r,
    enum outcome outcome, const struct reply *reply);
#endif
