/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the listing of a queue, as Sendmail's and line by line as
 * Postfix's. A message has an id, and texts that are of the input. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "conf/queue/mailq.h"
#include "conf/queue/postqueue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_message(void *data, const struct queued *m)
{
	size_t *size = data;

	assert(m->id.n > 0 && m->queue.n > 0);
	for (size_t i = 0; i < m->recipient_count; i++)
		assert(m->recipients[i].address.n <= *size &&
		    m->recipients[i].reason.n <= *size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size }, line;
	struct arena *a = arena_create(1024);
	struct mailq q;
	struct err e;
	bool read = true;

	mailq_begin(&q, check_message, &size, 1795667888, NULL);
	while (slice_next(&rest, '\n', &line)) {
		struct queued message;

		read = read && mailq_line(&q, line, &e) == 0;
		if (line.p != NULL && postqueue_read(line, a, &message,
			&e) == 0)
			check_message(&size, &message);
		arena_reset(a);
	}
	mailq_end(&q, &e);
	arena_destroy(&a);
	return 0;
}
