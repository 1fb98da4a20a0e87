/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linequeue - a bounded queue of records to be written
 *
 * It has no lock: who shares one locks it.
 */
#ifndef MILTER_LOG_LINEQUEUE_H
#define MILTER_LOG_LINEQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/slice.h"

struct linequeue {
	char *bytes;            /* owns */
	size_t n, size;
	size_t emptied;         /* bytes in front that are written */
	uint64_t lost;          /* records refused since it was full */
};

/*
 * Copies text, shorter than 16 MiB, to the end. false when the queue would
 * grow past 8 MiB: text is not queued, and is counted as lost. After
 * a lost record nothing more is taken until linequeue_reset(), so that the loss
 * is logged where it happened.
 */
bool linequeue_add(struct linequeue *queue, struct slice text);

/* Reads the line at offset *at and moves *at to the next; false at the end.
 * *text borrows until the queue changes. */
bool linequeue_next(const struct linequeue *queue, size_t *at,
    struct slice *text);

/* Records that are still in it, and lost ones that were not logged. */
uint64_t linequeue_unwritten(const struct linequeue *queue);

/* Empties it for further use, its losses forgotten. Keeps its memory, unless
 * that is more than 256 KiB, which only a burst needs. */
void linequeue_reset(struct linequeue *queue);
/* Empties it and frees all its memory. */
void linequeue_clear(struct linequeue *queue);
#endif
