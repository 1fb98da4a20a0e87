/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linequeue - a bounded queue of lines to be written
 *
 * It has no lock: who shares one locks it.
 */
#ifndef MILTER_LOG_LINEQUEUE_H
#define MILTER_LOG_LINEQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/slice.h"

/* DONE: a line for syslog that is written, while records before it wait. */
enum line_kind { LINE_RECORD, LINE_SYSLOG, LINE_DONE };

struct linequeue {
	char *bytes;            /* owns */
	size_t n, size;
	size_t emptied;         /* bytes in front that are written */
	uint64_t lost;          /* records that found no room after it */
};

/*
 * Copies text, shorter than 16 MiB, to the end. false past the bound: a
 * record is then counted as lost, and nothing more is taken until
 * linequeue_reset(), so that the loss is logged where it happened.
 */
bool linequeue_add(struct linequeue *queue, enum line_kind kind,
    struct slice text);

/* The line at *at, which moves behind it; false at the end. Borrows. */
bool linequeue_next(const struct linequeue *queue, size_t *at,
    enum line_kind *kind, struct slice *text);
/* Makes the line that ends at end, whose text it is, a LINE_DONE. */
void linequeue_mark_done(struct linequeue *queue, size_t end,
    struct slice text);

/* Records that are still in it, and lost ones that were not logged. */
uint64_t linequeue_unwritten(const struct linequeue *queue);

/* Empties it, and frees memory that only a burst needed. */
void linequeue_reset(struct linequeue *queue);
void linequeue_clear(struct linequeue *queue);
#endif
