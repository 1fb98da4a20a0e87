/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue_waiting - what of the MTA's queue waits for a rule
 */
#ifndef CONF_QUEUE_QUEUE_WAITING_H
#define CONF_QUEUE_QUEUE_WAITING_H

#include "conf/queue/queue.h"
#include "policy/audit/waiting.h"

struct queue_counts {
	uint64_t messages;              /* in the queue */
	uint64_t held;                  /* of these: on hold, not tried */
};

/* Adds the mail of the queue to waiting, except what is on hold, and counts
 * it. -1 with e filled as queue_each() does. */
int queue_waiting_read(const struct queue_place *place,
    struct waiting *waiting, struct queue_counts *counts, struct err *e);
#endif
