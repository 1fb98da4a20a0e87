/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phase - the phases of a milter session, and what each event does
 *
 * MTAs end a message in more ways than they document: Sendmail sends no abort
 * to a filter without MAIL (FACTS 28), libmilter may close first, abort twice
 * or not at all (FACTS 30). Every pair of phase and event has its row in the
 * table, so nothing of an abandoned message can reach the next one. DATA moves
 * nothing, unless it is refused: that is an end (FACTS 111).
 */
#ifndef MILTER_SESSION_PHASE_H
#define MILTER_SESSION_PHASE_H

#include <stdbool.h>

enum phase {
	PHASE_IDLE,                     /* no message */
	PHASE_SENDER,                   /* MAIL seen, no recipient yet */
	PHASE_RECIPIENTS,
	PHASE_CONTENT,                  /* headers */
	PHASE_DONE,
	PHASE_COUNT
};

enum event {
	EVENT_MAIL,
	EVENT_RCPT,
	EVENT_OTHER_RCPT,               /* RCPT under another queue id */
	EVENT_HEADER,
	EVENT_END,
	EVENT_ABORT,
	EVENT_CLOSE,
	EVENT_COUNT
};

/* What to do before the event itself is handled, in this order. */
enum {
	EFFECT_NONE = 0,
	EFFECT_ABANDON = 1,             /* record what was accepted, free it */
	EFFECT_BEGIN = 2                /* begin an empty message */
};

struct step {
	enum phase next;
	unsigned effects;
};

/* Whether there is a message. */
bool phase_has_message(enum phase phase);

struct step phase_step(enum phase phase, enum event event);
#endif
