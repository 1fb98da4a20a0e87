/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recipients - the accepted recipients of one message, until its end
 *
 * A client may hold a message open for hours, so what was accepted at RCPT need
 * not be acceptable at the last sure event (lastevent.h): another policy or
 * state is in force, an exception has ended, or the end that a decision waited
 * for will not come. So all are kept, those that no rule is about too, and
 * judged again there. One that is refused then is deferred: it was accepted
 * before.
 */
#ifndef MILTER_SESSION_RECIPIENTS_H
#define MILTER_SESSION_RECIPIENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/session/recipient_record.h"

struct recipients {
	struct recipient_record *first, **last;
	size_t ruled;                   /* those that a rule is about */
	size_t unruled;
	bool forgotten;                 /* one was accepted and not kept */
	uint64_t client;                /* of those kept; clientkey.h */
	size_t held;                    /* counted there */
};

void recipients_init(struct recipients *list);
/* Before its memory is freed: they are no longer held for the client. */
void recipients_release(struct recipients *list);
/* Keeps one that a rule is about; false: the client has too many. */
bool recipients_keep(struct recipients *list, struct recipient_record *r);
/* Keeps one that no rule is about, without its ruling; false: no room. */
bool recipients_keep_unruled(struct recipients *list,
    struct recipient_record *r);

/*
 * Judges again, by snapshot and at the time that it is now, those whose ruling
 * need not hold any more: it is by another snapshot, or used an exception.
 * can_wait: the end of the message is sure to come; otherwise also those whose
 * ruling waits for it. Rulings are allocated in a.
 */
void recipients_review(struct recipients *list,
    const struct snapshot *snapshot, bool can_wait, struct arena *a);
/* The same for all, before their last event: no snapshot but this one is
 * borrowed from then on. */
void recipients_review_all(struct recipients *list,
    const struct snapshot *snapshot, struct arena *a);

/* Judges at the end of the message what had to wait for its header. */
void recipients_judge_header(struct recipients *list,
    struct header_evidence *header, struct arena *a);

/* The recipient with the strictest action; NULL: all pass. One that was
 * accepted before and is refused now comes first: it defers the message, and
 * never bounces it. */
const struct recipient_record *recipients_strictest(
    const struct recipients *list);

/* Records what became of those that have no record yet. */
void recipients_record(struct recipients *list,
    const struct record_context *recording);
/* The same for a message without an end; what waited for its header is recorded
 * as not decided. */
void recipients_record_aborted(struct recipients *list,
    struct record_context *recording, struct arena *a);
#endif
