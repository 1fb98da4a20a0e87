/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/log/linequeue.h"
#include "policy/base/arena.h"

enum {
	/* Two seconds of the busiest relay at a kilobyte a decision. A disk
	 * that needs more is not slow but stuck. */
	BOUND = 8 << 20,
	/* Dropped lines take room until so many bytes are used. */
	BOUND_WITH_DROPPED = 10 << 20,
	/* A queue that a burst made larger than this is freed. */
	KEPT = 256 << 10,
	FIRST = 16 << 10,
	/* Clients and sessions are counted by their hash. Two that share a
	 * slot share what is taken from them. */
	SLOTS = 1024,
	PARTNER = LOSSES_NAME
};

/* In front of each text; the partner's name follows the text. */
struct head {
	uint32_t n;
	uint32_t older;                 /* where the session's line before this
	                                 * one begins, plus 1; 0: none */
	uint16_t client, session;       /* slots */
	uint8_t reason;
	uint8_t partner;                /* bytes, plus 1; 0: absent */
	bool dropped;
};

static_assert(REASON_COUNT <= UINT8_MAX && PARTNER < UINT8_MAX,
    "a head holds them");

struct shares {
	uint32_t client_bytes[SLOTS], session_bytes[SLOTS];
	uint32_t newest[SLOTS];         /* of a session, as head.older */
	uint16_t client[SLOTS];         /* of a session's newest line */
};

static struct head
linequeue_head_at(const struct linequeue *queue, size_t at)
{
	struct head head;

	assert(at + sizeof(head) <= queue->n);
	memcpy(&head, queue->bytes + at, sizeof(head));
	return head;
}

static void
linequeue_put_head(struct linequeue *queue, size_t at, const struct head *head)
{
	memcpy(queue->bytes + at, head, sizeof(*head));
}

static size_t
linequeue_partner_size(const struct head *head)
{
	return head->partner == 0 ? 0 : head->partner - 1u;
}

static size_t
linequeue_size_of(const struct head *head)
{
	return sizeof(*head) + head->n + linequeue_partner_size(head);
}

static void
linequeue_reserve(struct linequeue *queue, size_t n)
{
	size_t size = queue->size == 0 ? FIRST : queue->size;

	assert(queue->n <= queue->size);
	while (size < queue->n + n)
		size *= 2;
	if (size != queue->size) {
		queue->bytes = xrealloc(queue->bytes, size);
		queue->size = size;
	}
	if (queue->shares == NULL)
		queue->shares = xcalloc(1, sizeof(*queue->shares));
}

/* Counts the line at `at` for its client and its session, as the newest. */
static void
linequeue_link(struct linequeue *queue, size_t at, struct head *head)
{
	struct shares *shares = queue->shares;
	uint32_t size = (uint32_t)linequeue_size_of(head);

	head->older = shares->newest[head->session];
	shares->newest[head->session] = (uint32_t)at + 1;
	shares->client[head->session] = head->client;
	shares->client_bytes[head->client] += size;
	shares->session_bytes[head->session] += size;
	queue->waiting += size;
	linequeue_put_head(queue, at, head);
}

/* Moves the lines that wait together. */
static void
linequeue_compact(struct linequeue *queue)
{
	size_t end = queue->n, to = 0;

	assert(queue->emptied == 0);
	memset(queue->shares, 0, sizeof(*queue->shares));
	queue->waiting = 0;
	for (size_t at = 0; at < end;) {
		struct head head = linequeue_head_at(queue, at);
		size_t size = linequeue_size_of(&head);

		if (!head.dropped) {
			memmove(queue->bytes + to, queue->bytes + at, size);
			linequeue_link(queue, to, &head);
			to += size;
		}
		at += size;
	}
	queue->n = to;
}

static unsigned
linequeue_greediest_client(const struct shares *shares)
{
	unsigned found = 0;

	for (unsigned i = 1; i < SLOTS; i++)
		if (shares->client_bytes[i] > shares->client_bytes[found])
			found = i;
	return found;
}

/* The client's session that has most of the queue. When other clients' newest
 * lines are in the slots of all its sessions, it is the greediest of all. */
static unsigned
linequeue_greediest_session(const struct shares *shares, unsigned client)
{
	unsigned found = SLOTS, of_all = 0;

	for (unsigned i = 0; i < SLOTS; i++) {
		if (shares->session_bytes[i] > shares->session_bytes[of_all])
			of_all = i;
		if (shares->client[i] == client &&
		    shares->session_bytes[i] > 0 && (found == SLOTS ||
		    shares->session_bytes[i] > shares->session_bytes[found]))
			found = i;
	}
	return found < SLOTS ? found : of_all;
}

/* Takes the newest line of a session out of the counts. */
static void
linequeue_unlink_newest(struct linequeue *queue, unsigned session,
    const struct head *head)
{
	struct shares *shares = queue->shares;
	uint32_t size = (uint32_t)linequeue_size_of(head);

	assert(head->session == session);
	shares->newest[session] = head->older;
	if (head->older != 0)
		shares->client[session] = linequeue_head_at(queue,
		    head->older - 1).client;
	shares->client_bytes[head->client] -= size;
	shares->session_bytes[session] -= size;
	queue->waiting -= size;
}

/* Drops the newest line of whoever has most of the queue. */
static void
linequeue_drop(struct linequeue *queue)
{
	const struct shares *shares = queue->shares;
	unsigned session = linequeue_greediest_session(shares,
	    linequeue_greediest_client(shares));
	size_t at = shares->newest[session] - 1;
	struct head head = linequeue_head_at(queue, at);
	struct slice partner = { queue->bytes + at + sizeof(head) + head.n,
		linequeue_partner_size(&head) };

	assert(!head.dropped);
	linequeue_unlink_newest(queue, session, &head);
	head.dropped = true;
	linequeue_put_head(queue, at, &head);
	losses_add(&queue->losses, head.partner == 0 ? SLICE_NONE : partner,
	    (enum reason)head.reason);
}

unsigned
linequeue_add(struct linequeue *queue, struct slice text,
    const struct line_origin *origin)
{
	struct slice partner = slice_head(origin->partner, PARTNER);
	struct head head = {
		.n = (uint32_t)text.n,
		.client = (uint16_t)(origin->client % SLOTS),
		.session = (uint16_t)((origin->client + origin->session) %
		    SLOTS),
		.reason = (uint8_t)origin->reason,
		.partner = (uint8_t)(partner.p == NULL ? 0 : partner.n + 1),
	};
	size_t at, size = linequeue_size_of(&head);
	unsigned dropped = 0;

	assert(head.n == text.n && size <= BOUND_WITH_DROPPED - BOUND);
	assert(queue->emptied == 0);
	if (queue->n + size > BOUND_WITH_DROPPED)
		linequeue_compact(queue);
	linequeue_reserve(queue, size);
	at = queue->n;
	queue->n += size;
	memcpy(queue->bytes + at + sizeof(head), text.p, text.n);
	if (partner.n > 0)
		memcpy(queue->bytes + at + sizeof(head) + text.n, partner.p,
		    partner.n);
	linequeue_link(queue, at, &head);
	for (; queue->waiting > BOUND; dropped++)
		linequeue_drop(queue);
	return dropped;
}

bool
linequeue_next(const struct linequeue *queue, size_t *at, struct slice *text)
{
	while (*at < queue->n) {
		struct head head = linequeue_head_at(queue, *at);

		*text = (struct slice){ queue->bytes + *at + sizeof(head),
			head.n };
		*at += linequeue_size_of(&head);
		assert(*at <= queue->n);
		if (!head.dropped)
			return true;
	}
	return false;
}

uint64_t
linequeue_unwritten(const struct linequeue *queue)
{
	size_t at = queue->emptied;
	uint64_t count = queue->losses.count;
	struct slice text;

	assert(queue->emptied <= queue->n);
	while (linequeue_next(queue, &at, &text))
		count++;
	return count;
}

void
linequeue_reset(struct linequeue *queue)
{
	if (queue->size > KEPT) {
		linequeue_clear(queue);
		return;
	}
	queue->n = queue->emptied = queue->waiting = 0;
	if (queue->shares != NULL)
		memset(queue->shares, 0, sizeof(*queue->shares));
	losses_clear(&queue->losses);
}

void
linequeue_clear(struct linequeue *queue)
{
	free(queue->bytes);
	free(queue->shares);
	losses_clear(&queue->losses);
	*queue = (struct linequeue){ .bytes = NULL };
}
