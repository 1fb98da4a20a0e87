/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue - the messages that wait in the MTA's queue
 *
 * As the MTA's own program lists them: postqueue(1) of Postfix, mailq(1) of
 * Sendmail. Addresses and reasons are bytes from outside: senders, recipients
 * and next hops chose them.
 */
#ifndef CONF_QUEUE_QUEUE_H
#define CONF_QUEUE_QUEUE_H

#include <stdint.h>

#include "conf/mta/mtaprogram.h"
#include "policy/settings.h"

struct queued_recipient {
	struct slice address;           /* without angle brackets */
	bool cut;                       /* the MTA showed only its begin */
	struct slice reason;            /* its own, of the last attempt, as
	                                 * the MTA shows it; absent: none */
	const struct slice *hops;       /* the next hops that it may be sent
	                                 * to, as the MTA writes them */
	size_t hop_count;
	const char *unsure;             /* why there may be others; NULL: there
	                                 * are none */
};

/* A message. Borrows for the call of a visitor. */
struct queued {
	struct slice id;
	struct slice queue;             /* "incoming", "active", "deferred",
	                                 * "hold" and so on */
	int64_t arrival;                /* seconds since 1970; 0: not known */
	uint64_t size;                  /* octets */
	struct slice sender;            /* empty: the null sender */
	struct slice reason;            /* of the message, which is that of one
	                                 * of them; Sendmail only; or absent */
	struct queued_recipient *recipients;    /* still to reach */
	size_t recipient_count;
};

/* Which queue. All zero: the one of the MTA that is installed. */
struct queue_place {
	enum mta mta;                   /* UNKNOWN: Postfix if its postqueue is
	                                 * there, else Sendmail */
	const char *program;            /* path of postqueue or sendmail; NULL:
	                                 * where it usually is */
	const char *config;             /* Postfix: the configuration folder of
	                                 * an instance; Sendmail: its
	                                 * sendmail.cf; NULL: the default */
};

typedef void queue_visit_fn(void *data, const struct queued *message);

/*
 * Calls visit with data for each message. Sendmail's messages are those of its
 * main queue and of the one for submission. -1 with e filled when the program
 * cannot be run or its answer cannot be read: some messages may have been
 * visited by then, and what they show is not the queue.
 */
int queue_each(const struct queue_place *place, queue_visit_fn *visit,
    void *data, struct err *e);

/* The MTA of place, as queue_each() finds it. */
enum mta queue_mta(const struct queue_place *place);

/* Where the MTA's program is by which queue_each() lists its queue; NULL: not
 * installed. */
const char *queue_program(const struct queue_place *place);
#endif
