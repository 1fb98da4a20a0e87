/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/log/linequeue.h"
#include "policy/base/arena.h"

enum {
	/* Two seconds of the busiest relay at a kilobyte a decision. A disk
	 * that needs more is not slow but stuck. */
	BOUND = 8 << 20,
	/* A queue that a burst made larger than this is freed. */
	KEPT = 256 << 10,
	FIRST = 16 << 10
};

/* In front of each text. */
struct head {
	unsigned kind : 8;
	unsigned n : 24;
};

/* Room for n more bytes; false past the bound. */
static bool
linequeue_reserve(struct linequeue *queue, size_t n)
{
	size_t size = queue->size == 0 ? FIRST : queue->size;

	assert(queue->n <= queue->size && queue->n <= BOUND);
	if (n > BOUND - queue->n)
		return false;
	while (size < queue->n + n)
		size *= 2;
	if (size != queue->size) {
		queue->bytes = xrealloc(queue->bytes, size);
		queue->size = size;
	}
	return true;
}

bool
linequeue_add(struct linequeue *queue, enum line_kind kind,
    struct slice text)
{
	struct head head = { .kind = kind, .n = (unsigned)text.n };

	assert(head.n == text.n);
	if (queue->lost > 0 ||
	    !linequeue_reserve(queue, sizeof(head) + text.n)) {
		queue->lost += kind == LINE_RECORD;
		return false;
	}
	memcpy(queue->bytes + queue->n, &head, sizeof(head));
	memcpy(queue->bytes + queue->n + sizeof(head), text.p, text.n);
	queue->n += sizeof(head) + text.n;
	return true;
}

bool
linequeue_next(const struct linequeue *queue, size_t *at,
    enum line_kind *kind, struct slice *text)
{
	struct head head;

	if (*at >= queue->n)
		return false;
	assert(queue->n - *at >= sizeof(head));
	memcpy(&head, queue->bytes + *at, sizeof(head));
	*kind = (enum line_kind)head.kind;
	*text = (struct slice){ queue->bytes + *at + sizeof(head), head.n };
	*at += sizeof(head) + head.n;
	assert(*at <= queue->n);
	return true;
}

void
linequeue_mark_done(struct linequeue *queue, size_t end, struct slice text)
{
	struct head head = { .kind = LINE_DONE, .n = (unsigned)text.n };

	assert(end <= queue->n && end >= text.n + sizeof(head));
	memcpy(queue->bytes + end - text.n - sizeof(head), &head,
	    sizeof(head));
}

uint64_t
linequeue_unwritten(const struct linequeue *queue)
{
	size_t at = queue->emptied;
	uint64_t count = queue->lost;
	enum line_kind kind;
	struct slice text;

	assert(queue->emptied <= queue->n);
	while (linequeue_next(queue, &at, &kind, &text))
		count += kind == LINE_RECORD;
	return count;
}

void
linequeue_reset(struct linequeue *queue)
{
	if (queue->size > KEPT)
		linequeue_clear(queue);
	queue->n = queue->emptied = 0;
	queue->lost = 0;
}

void
linequeue_clear(struct linequeue *queue)
{
	free(queue->bytes);
	*queue = (struct linequeue){ .bytes = NULL };
}
