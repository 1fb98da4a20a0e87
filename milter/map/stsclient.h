/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * published - asks another socketmap server what a destination publishes
 *
 * MTA-STS and DANE policies are found by others (postfix-mta-sts-resolver,
 * postfix-tlspol); ours asks them without waiting, within a deadline, and
 * keeps a bounded number of answers for a while. A failure is told as one,
 * never as "publishes nothing". Lives on the event loop's thread.
 */
#ifndef MILTER_MAP_STSCLIENT_H
#define MILTER_MAP_STSCLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "policy/outbound/outbound.h"
#include "policy/base/slice.h"

struct published;

/* Embedded by whoever waits; zeroed while it does not. */
struct published_waiter {
	void (*done)(struct published_waiter *waiter,
	    enum publication publication, struct slice text);
	struct published_waiter *next;
	struct published_entry *entry;  /* NULL: not waiting */
};

struct published_counts {
	uint64_t asked;                 /* of the server */
	uint64_t cached;
	uint64_t failed;                /* refused, late, unreadable */
};

/* Returns new; goes with published_destroy(). */
struct published *published_create(struct event_base *base);
/* Nobody may be waiting. */
void published_destroy(struct published **p);

/*
 * Asks server ("inet:HOST:PORT:NAME" or "unix:PATH:NAME") about key, both
 * borrowed for the call. true: the answer is in *publication and *text,
 * which borrows until the next call. false: waiter->done is called from the
 * loop, once, unless published_leave() comes first.
 */
bool published_ask(struct published *p, struct slice server,
    unsigned deadline_ms, struct slice key, struct published_waiter *waiter,
    enum publication *publication, struct slice *text);
void published_leave(struct published *p, struct published_waiter *waiter);

struct published_counts published_counts(const struct published *p);
#endif
