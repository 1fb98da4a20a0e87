/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * causefinder - the session of a recorded decision in the MTA's log
 *
 * A session is found by a line that only the decision can have caused: the
 * queue id of its message, or the reply that enforcetls gave, with its
 * reference. It is then the lines of that process from its connection on, if
 * they are of the same client, and at that time. Where two sessions could be
 * meant, none is.
 */
#ifndef POLICY_AUDIT_CAUSEFINDER_H
#define POLICY_AUDIT_CAUSEFINDER_H

#include "policy/audit/mailline.h"
#include "policy/audit/tls_cause.h"
#include "policy/base/arena.h"
#include "policy/base/lines.h"

/* A decision, of which something is known that the log also has. Borrows. */
struct cause_question {
	enum mta mta;
	int64_t time;                   /* seconds since 1970 */
	struct netaddr client;
	struct slice port;              /* absent: not known */
	struct slice queue_id;          /* absent: it had none */
	struct slice reply;             /* absent: enforcetls gave none */
};

enum cause_doubt {
	CAUSE_FOUND,                    /* the log has a line about it */
	CAUSE_NO_SESSION,
	CAUSE_NO_LINE,                  /* of TLS in that session */
	CAUSE_TWO_SESSIONS
};

struct cause_answer {
	enum cause_doubt doubt;
	enum tls_cause cause;           /* CAUSE_FOUND only */
	const char *said;               /* the line, printable; CAUSE_FOUND */
	const char *file;
	unsigned long line;
};

struct causefinder;

/* Returns new; goes with causefinder_destroy(). Borrows *q. */
struct causefinder *causefinder_create(const struct cause_question *q);
void causefinder_destroy(struct causefinder **f);

/* Takes the next line; m is it, cut. */
void causefinder_take(struct causefinder *f, const struct logline *at,
    const struct mailline *m);

/* Fills *out, with texts in a, from what was taken. */
void causefinder_answer(struct causefinder *f, struct arena *a,
    struct cause_answer *out);
#endif
