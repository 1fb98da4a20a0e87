/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdatomic.h>

#include "milter/log/faults.h"
#include "milter/log/log.h"
#include "policy/base/slice.h"

enum { MINUTE = 60 * 1000 };

/* clang-format off */
static const char *const names[CONDITION_COUNT] = {
	[CONDITION_NO_SYMBOLS] = "no_symbols",
	[CONDITION_NO_VERIFY] = "no_verify",
	[CONDITION_NO_VERSION] = "no_version",
	[CONDITION_NO_SENDER] = "no_sender",
	[CONDITION_CANNOT_HOLD] = "cannot_hold",
	[CONDITION_CANNOT_TAG] = "cannot_tag",
	[CONDITION_NO_HEADERS] = "no_headers",
	[CONDITION_TOO_MANY_RECIPIENTS] = "too_many_recipients",
	[CONDITION_REPLY_REFUSED] = "reply_refused",
	[CONDITION_CHANGE_REFUSED] = "change_refused",
	[CONDITION_RECORDS_LOST] = "records_lost",
};

static const char *const sentences[CONDITION_COUNT] = {
	[CONDITION_NO_SYMBOLS] =
	    "the MTA sent no {client_addr}: it did not take the list of "
	    "macros that was asked for, so rules cannot be decided",
	[CONDITION_NO_VERIFY] =
	    "Sendmail sent no {verify}: no peer can be verified",
	[CONDITION_NO_VERSION] =
	    "the MTA sent no v macro: without `mta` in the configuration it "
	    "is judged by the careful rule",
	[CONDITION_NO_SENDER] =
	    "the MTA sent no {mail_addr}: rules on senders cannot be decided",
	[CONDITION_CANNOT_HOLD] =
	    "the MTA does not offer quarantine: `hold` defers instead",
	[CONDITION_CANNOT_TAG] =
	    "the MTA does not offer header changes: `tag` only logs",
	[CONDITION_NO_HEADERS] =
	    "a rule needs message headers and this session was begun "
	    "without: it defers until the MTA opens a new session",
	[CONDITION_TOO_MANY_RECIPIENTS] =
	    "a message had too many recipients: the rest was deferred",
	[CONDITION_REPLY_REFUSED] =
	    "libmilter did not take the text of a reply: the MTA's own text "
	    "was used",
	[CONDITION_CHANGE_REFUSED] =
	    "the MTA did not take a header or a quarantine: the message was "
	    "deferred",
	[CONDITION_RECORDS_LOST] =
	    "the decision log could not keep up: records were lost",
};
/* clang-format on */

/* Counted by any thread. */
static atomic_ulong seen[CONDITION_COUNT];
/* The event loop's alone. */
static struct {
	unsigned long count;
	int64_t at;
} told[CONDITION_COUNT];

void
condition_seen(enum condition condition)
{
	atomic_fetch_add_explicit(&seen[condition], 1, memory_order_relaxed);
}

unsigned long
condition_total(enum condition condition)
{
	return atomic_load_explicit(&seen[condition], memory_order_relaxed);
}

const char *
condition_name(enum condition condition)
{
	return names[condition];
}

void
condition_tell(int64_t now)
{
	for (unsigned i = 0; i < CONDITION_COUNT; i++) {
		unsigned long count = condition_total(i);

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
