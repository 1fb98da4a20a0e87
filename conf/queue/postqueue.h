/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postqueue - one line of `postqueue -j`, a message of Postfix's queue
 */
#ifndef CONF_QUEUE_POSTQUEUE_H
#define CONF_QUEUE_POSTQUEUE_H

#include "conf/queue/queue.h"
#include "policy/base/arena.h"

/* Reads a line into *out, whose texts are in a. -1 with e filled when it is no
 * message. */
int postqueue_read(struct slice line, struct arena *a, struct queued *out,
    struct err *e);
#endif
