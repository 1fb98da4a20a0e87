/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mailq - the lines of Sendmail's `mailq -v`, the messages of its queue
 */
#ifndef CONF_QUEUE_MAILQ_H
#define CONF_QUEUE_MAILQ_H

#include "conf/queue/queue.h"
#include "policy/base/arena.h"

/* One reading. */
struct mailq {
	queue_visit_fn *visit;
	void *data;
	int64_t now;                    /* seconds since 1970 */
	const char *unsure;             /* borrows; of sendmail_routes_read() */
	struct arena *arena;            /* owns; the message being read */
	struct queued message;          /* its id absent: none is being read */
	struct queued_recipient *recipients;    /* in the arena */
	size_t room;                    /* recipients that fit */
	bool begun;                     /* a heading was read */
	bool ended;                     /* the total was read */
};

/* Begins a reading: visit is called with data for each message. mailq_end()
 * must follow. unsure is of sendmail_routes_read(). */
void mailq_begin(struct mailq *q, queue_visit_fn *visit, void *data,
    int64_t now, const char *unsure);
/* Reads a line of the listing; data of mtaprogram_run() is the mailq. -1 with e
 * filled when it is none. */
int mailq_line(void *mailq, struct slice line, struct err *e);
/* Ends it. -1 with e filled when the lines were no listing, or not all of it.
 */
int mailq_end(struct mailq *q, struct err *e);

/* The time that a queue id of Sendmail begins with, in seconds since 1970, when
 * it is not later than now; 0: it has none. */
int64_t mailq_time_of_id(struct slice id, int64_t now);
#endif
