/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdbool.h>

#include "milter/log/faults.h"
#include "milter/base/counters.h"
#include "milter/log/log.h"

enum { MINUTE = 60 * 1000 };

/* A fault: how it is counted, and its message in the log. */
struct fault_row {
	struct counter counter;
	const char *message;
	int64_t reported_ms;            /* 0: never; the event loop's alone */
};

#define FAULT_COUNTER(word, sentence)                              \
	{ .name = word, .family = "faults_total",                  \
	  .labels = "fault=\"" word "\"", .help = sentence }

/* clang-format off */
static struct fault_row rows[FAULT_COUNT] = {
	[FAULT_NO_SYMBOLS] = {
		FAULT_COUNTER("no_symbols",
		    "Recipients for which the MTA sent no {client_addr}."),
		"the MTA sent no {client_addr}: it did not take the list of "
		"macros that was asked for, so rules cannot be decided",
		0
	},
	[FAULT_NO_VERIFY] = {
		FAULT_COUNTER("no_verify",
		    "Recipients over TLS for which Sendmail sent no {verify}."),
		"Sendmail sent no {verify}: no peer can be verified",
		0
	},
	[FAULT_NO_VERSION] = {
		FAULT_COUNTER("no_version",
		    "Recipients for which the MTA sent no v macro."),
		"the MTA sent no v macro: no peer can be verified",
		0
	},
	[FAULT_NO_SENDER] = {
		FAULT_COUNTER("no_sender",
		    "Recipients for which the MTA sent no {mail_addr}."),
		"the MTA sent no {mail_addr}: rules on senders cannot be "
		"decided",
		0
	},
	[FAULT_CANNOT_HOLD] = {
		FAULT_COUNTER("cannot_hold",
		    "Decisions to hold where the MTA offers no quarantine."),
		"the MTA does not offer quarantine: `hold` defers instead",
		0
	},
	[FAULT_CANNOT_TAG] = {
		FAULT_COUNTER("cannot_tag",
		    "Decisions to tag where the MTA offers no header changes."),
		"the MTA does not offer header changes: `tag` only logs",
		0
	},
	[FAULT_NO_HEADERS] = {
		FAULT_COUNTER("no_headers",
		    "Recipients that need headers in a session without."),
		"a rule needs message headers and this session was begun "
		"without: it defers until the MTA opens a new session",
		0
	},
	[FAULT_NO_END] = {
		FAULT_COUNTER("no_end",
		    "Messages deferred because their end might not come."),
		"the MTA shows no queue id and so no end of the message "
		"(smtpd_proxy_filter?): what waits for it is deferred",
		0
	},
	[FAULT_TOO_MANY_RECIPIENTS] = {
		FAULT_COUNTER("too_many_recipients",
		    "Recipients past milter.max_recipients of a message."),
		"a message had too many recipients: the rest was deferred",
		0
	},
	[FAULT_REPLY_REFUSED] = {
		FAULT_COUNTER("reply_refused",
		    "Replies whose text libmilter did not take."),
		"libmilter did not take the text of a reply: the MTA's own "
		"text was used",
		0
	},
	[FAULT_CHANGE_REFUSED] = {
		FAULT_COUNTER("change_refused",
		    "Messages for which the MTA took no change."),
		"the MTA did not take a header or a quarantine: the message "
		"was deferred",
		0
	},
	[FAULT_RECORDS_LOST] = {
		FAULT_COUNTER("records_lost",
		    "Records that found no room in the log's queue."),
		"the decision log could not keep up: records were lost",
		0
	},
	[FAULT_SYSLOG_LOST] = {
		FAULT_COUNTER("syslog_lost",
		    "Decisions for syslog that found no room in its queue."),
		"syslog does not take what is logged: decisions were lost "
		"there",
		0
	},
};
/* clang-format on */

void
faults_register(void)
{
	for (unsigned i = 0; i < FAULT_COUNT; i++)
		counters_register(&rows[i].counter, 1);
}

void
fault_count(enum fault fault)
{
	assert(fault < FAULT_COUNT);
	counter_add(&rows[fault].counter);
}

static bool
faults_is_due(const struct fault_row *row, int64_t now)
{
	return counter_value(&row->counter) != row->counter.reported &&
	    (row->counter.reported == 0 || now - row->reported_ms >= MINUTE);
}

void
faults_report(int64_t now)
{
	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		struct fault_row *row = &rows[i];

		if (!faults_is_due(row, now))
			continue;
		log_warning("%s (%llu times; see enforcetlsd(8))",
		    row->message,
		    (unsigned long long)counter_since(&row->counter));
		row->reported_ms = now;
	}
}
