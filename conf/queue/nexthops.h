/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nexthops - where Postfix sends the mail of its queue to
 *
 * postqueue(1) does not show it, and the TLS policy is found by it. It is what
 * trivial-rewrite(8) makes of the address now: of transport(5), relayhost and
 * the transports of main.cf. Where the answer depends on something that is not
 * read here, it says that there may be others.
 */
#ifndef CONF_QUEUE_NEXTHOPS_H
#define CONF_QUEUE_NEXTHOPS_H

#include "conf/queue/queue.h"

struct nexthops;

/* Reads main.cf with the programs beside postqueue, a path of it. Returns new;
 * goes with nexthops_destroy(). config is that of struct queue_place. */
struct nexthops *nexthops_create(const char *postqueue, const char *config);
void nexthops_destroy(struct nexthops **nexthops);

/* Notes an address that nexthops_of() will be asked for. */
void nexthops_add(struct nexthops *nexthops, struct slice address);
/* Asks the tables for all of them, once. */
void nexthops_look_up(struct nexthops *nexthops);
/* Sets the next hops of a recipient, which borrow from nexthops. */
void nexthops_of(struct nexthops *nexthops, struct queued_recipient *to);
#endif
