/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the mail log of either MTA. What is cut is of the input, and a
 * line of another client answers nothing. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "policy/audit/causefinder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOON = 1795680058 };

static void
check_within(struct slice part, struct slice all)
{
	assert(part.p >= all.p && part.p + part.n <= all.p + all.n);
}

static void
check_mta(enum mta mta, struct slice rest, struct arena *a)
{
	struct cause_question q = { .mta = mta, .time = NOON,
		.queue_id = SLICE("D1AAAA920A5"), .reply = SLICE("554 no") };
	const struct mailclock clock = { NOON, 3600 };
	struct cause_answer answer;
	struct causefinder *f = causefinder_create(&q);
	struct logline line = { .file = "log" };

	assert(netaddr_from(SLICE("192.0.2.7"), &q.client));
	while (slice_next(&rest, '\n', &line.text)) {
		struct mailline m;

		line.number++;
		if (line.text.p == NULL ||
		    !mailline_cut(line.text, &clock, &m))
			continue;
		check_within(m.process, line.text);
		check_within(m.daemon, m.process);
		check_within(m.text, line.text);
		causefinder_take(f, &line, &m);
	}
	causefinder_answer(f, a, &answer);
	assert(answer.doubt != CAUSE_FOUND ||
	    (answer.cause != TLS_CAUSE_UNKNOWN && answer.line > 0));
	causefinder_destroy(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = { (const char *)data, size };
	struct arena *a = arena_create(1024);

	check_mta(MTA_POSTFIX, all, a);
	check_mta(MTA_SENDMAIL, all, a);
	arena_destroy(&a);
	return 0;
}
