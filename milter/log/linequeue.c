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
	uint32_t n;
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
linequeue_add(struct linequeue *queue, struct slice text)
{
	struct head head = { .n = (uint32_t)text.n };

	assert(head.n == text.n);
	if (queue->lost > 0 ||
	    !linequeue_reserve(queue, sizeof(head) + text.n)) {
		queue->lost++;
		return false;
	}
	memcpy(queue->bytes + queue->n, &head, sizeof(head));
	memcpy(queue->bytes + queue->n + sizeof(head), text.p, text.n);
	queue->n += sizeof(head) + text.n;
	return true;
}

bool
linequeue_next(const struct linequeue *queue, size_t *at, struct slice *text)
{
	struct head head;

	if (*at >= queue->n)
		return false;
	assert(queue->n - *at >= sizeof(head));
	memcpy(&head, queue->bytes + *at, sizeof(head));
	*text = (struct slice){ queue->bytes + *at + sizeof(head), head.n };
	*at += sizeof(head) + head.n;
	assert(*at <= queue->n);
	return true;
}

uint64_t
linequeue_unwritten(const struct linequeue *queue)
{
	size_t at = queue->emptied;
	uint64_t count = queue->lost;
	struct slice text;

	assert(queue->emptied <= queue->n);
	while (linequeue_next(queue, &at, &text))
		count++;
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
