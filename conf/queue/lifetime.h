/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lifetime - how long the MTA tries to deliver mail
 */
#ifndef CONF_QUEUE_LIFETIME_H
#define CONF_QUEUE_LIFETIME_H

#include "conf/queue/queue.h"

/* In seconds from a message's arrival. */
struct lifetime {
	int64_t mail;
	int64_t bounce;                 /* of the null sender's */
};

/* Asks postconf(1), which is beside postqueue, or reads sendmail.cf. -1 with e
 * filled when it cannot be read. */
int lifetime_read(const struct queue_place *place, struct lifetime *out,
    struct err *e);

/* "5d", "1h30m", "36000s"; a number alone is days, as both MTAs read it here.
 * Writes seconds, only if text is such an amount. */
bool lifetime_amount(struct slice text, int64_t *seconds);
/* The same of a sendmail.cf, which may set it several times or not at all. */
struct lifetime lifetime_of_cf(struct slice text);
#endif
