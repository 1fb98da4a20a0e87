/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdatomic.h>

#include "milter/log/faults.h"
#include "milter/log/log.h"
#include "policy/base/slice.h"

enum { MINUTE = 60 * 1000 };

/* clang-format off */
static const char *const names[FAULT_COUNT] = {
	[FAULT_NO_SYMBOLS] = "no_symbols",
	[FAULT_NO_VERIFY] = "no_verify",
	[FAULT_NO_VERSION] = "no_version",
	[FAULT_NO_SENDER] = "no_sender",
	[FAULT_CANNOT_HOLD] = "cannot_hold",
	[FAULT_CANNOT_TAG] = "cannot_tag",
	[FAULT_NO_HEADERS] = "no_headers",
	[FAULT_TOO_MANY_RECIPIENTS] = "too_many_recipients",
	[FAULT_REPLY_REFUSED] = "reply_refused",
	[FAULT_CHANGE_REFUSED] = "change_refused",
	[FAULT_RECORDS_LOST] = "records_lost",
};

static const char *const sentences[FAULT_COUNT] = {
	[FAULT_NO_SYMBOLS] =
	    "the MTA sent no {client_addr}: it did not take the list of "
	    "macros that was asked for, so rules cannot be decided",
	[FAULT_NO_VERIFY] =
	    "Sendmail sent no {verify}: no peer can be verified",
	[FAULT_NO_VERSION] =
	    "the MTA sent no v macro: without `mta` in the configuration it "
	    "is judged by the careful rule",
	[FAULT_NO_SENDER] =
	    "the MTA sent no {mail_addr}: rules on senders cannot be decided",
	[FAULT_CANNOT_HOLD] =
	    "the MTA does not offer quarantine: `hold` defers instead",
	[FAULT_CANNOT_TAG] =
	    "the MTA does not offer header changes: `tag` only logs",
	[FAULT_NO_HEADERS] =
	    "a rule needs message headers and this session was begun "
	    "without: it defers until the MTA opens a new session",
	[FAULT_TOO_MANY_RECIPIENTS] =
	    "a message had too many recipients: the rest was deferred",
	[FAULT_REPLY_REFUSED] =
	    "libmilter did not take the text of a reply: the MTA's own text "
	    "was used",
	[FAULT_CHANGE_REFUSED] =
	    "the MTA did not take a header or a quarantine: the message was "
	    "deferred",
	[FAULT_RECORDS_LOST] =
	    "the decision log could not keep up: records were lost",
};
/* clang-format on */

/* Counted by any thread. */
static atomic_ulong seen[FAULT_COUNT];
/* The event loop's alone. */
static struct {
	unsigned long count;
	int64_t at;
} told[FAULT_COUNT];

void
fault_seen(enum fault condition)
{
	atomic_fetch_add_explicit(&seen[condition], 1, memory_order_relaxed);
}

unsigned long
fault_total(enum fault condition)
{
	return atomic_load_explicit(&seen[condition], memory_order_relaxed);
}

const char *
fault_name(enum fault condition)
{
	return names[condition];
}

void
fault_tell(int64_t now)
{
	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		unsigned long count = fault_total(i);

		if (count == told[i].count)
			continue;
		if (told[i].count != 0 && now - told[i].at < MINUTE)
			continue;
		log_warning("%s (%lu times; see enforcetlsd(8))",
		    sentences[i], count - told[i].count);
		told[i].count = count;
		told[i].at = now;
	}
}
