/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/queue/queue_waiting.h"

struct queue_reading {
	struct waiting *waiting;
	struct queue_counts *counts;
};

static void
queue_add(void *data, const struct queued *message)
{
	struct queue_reading *r = data;

	r->counts->messages++;
	/* The MTA does not try it, whatever a rule asks for. */
	if (slice_eq(message->queue, SLICE("hold"))) {
		r->counts->held++;
		return;
	}
	for (size_t i = 0; i < message->recipient_count; i++) {
		const struct queued_recipient *to = &message->recipients[i];
		struct waiting_mail mail = { .id = message->id,
			.arrival = message->arrival,
			.sender = message->sender, .recipient = to->address,
			.cut = to->cut, .reason = to->reason,
			.other_reason = message->reason, .hops = to->hops,
			.hop_count = to->hop_count, .unsure = to->unsure };

		waiting_add(r->waiting, &mail);
	}
}

int
queue_waiting_read(const struct queue_place *place, struct waiting *waiting,
    struct queue_counts *counts, struct err *e)
{
	struct queue_reading r = { waiting, counts };

	*counts = (struct queue_counts){ .messages = 0 };
	return queue_each(place, queue_add, &r, e);
}
