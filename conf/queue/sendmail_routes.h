/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_routes - whether Sendmail sends mail elsewhere than to its domain
 */
#ifndef CONF_QUEUE_SENDMAIL_ROUTES_H
#define CONF_QUEUE_SENDMAIL_ROUTES_H

#include "conf/queue/queue.h"
#include "policy/base/arena.h"

/* Why mail may go to another next hop than the domain of its address, by a text
 * of sendmail.cf; NULL: it does not. */
const char *sendmail_routes_of_cf(struct slice text);
/* The same by that file, or submit.cf for the queue for submission. */
const char *sendmail_routes_read(const char *cf);
/* Sets the next hops of the message's recipients. unsure is of the above. */
void sendmail_routes_set(const struct queued *message, const char *unsure,
    struct arena *a);
#endif
