/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linequeue - a bounded queue of records to be written
 *
 * When it is full, the client that has most of it loses its newest lines,
 * whoever adds one: so a burst by one client costs that client's records, and
 * within them those of its busiest session. It has no lock: who shares one
 * locks it.
 */
#ifndef MILTER_LOG_LINEQUEUE_H
#define MILTER_LOG_LINEQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "milter/log/losses.h"
#include "policy/base/slice.h"

/* Whose line it is, and what is left of it when it is dropped. */
struct line_origin {
	uint64_t client;        /* a hash that no client can foresee */
	uint64_t session;
	struct slice partner;   /* absent: none */
	enum reason reason;
};

struct linequeue {
	char *bytes;            /* owns */
	size_t n, size;
	size_t emptied;         /* bytes in front that are written */
	size_t waiting;         /* bytes of the lines not dropped */
	struct shares *shares;  /* owns; who has how much of that */
	struct losses losses;   /* records dropped since it was full */
};

/*
 * Copies text, shorter than 1 MiB, to the end, and drops lines until no more
 * than 8 MiB wait. Only for a queue of which nothing is written yet. Returns
 * how many it dropped, which are counted in losses.
 */
unsigned linequeue_add(struct linequeue *queue, struct slice text,
    const struct line_origin *origin);

/* Reads the line at offset *at or after it, and moves *at behind it; false at
 * the end. *text borrows until the queue changes. */
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
