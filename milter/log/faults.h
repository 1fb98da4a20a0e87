/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * faults - what may go wrong at every message, told once a minute
 *
 * A repeated condition is counted, not repeated. Any thread counts, which is
 * one atomic addition; the event loop tells.
 */
#ifndef MILTER_LOG_FAULTS_H
#define MILTER_LOG_FAULTS_H

#include <stdint.h>

enum fault {
	FAULT_NO_SYMBOLS,       /* our symbol list was not honoured */
	FAULT_NO_VERIFY,        /* Sendmail without {verify} */
	FAULT_NO_VERSION,       /* no v: which MTA is it? */
	FAULT_NO_SENDER,        /* no {mail_addr} */
	FAULT_CANNOT_HOLD,
	FAULT_CANNOT_TAG,
	FAULT_NO_HEADERS,       /* a rule needs them, none come */
	FAULT_TOO_MANY_RECIPIENTS,
	FAULT_REPLY_REFUSED,    /* libmilter did not take a reply */
	FAULT_CHANGE_REFUSED,   /* nor a header or a quarantine */
	FAULT_RECORDS_LOST,     /* the decision log was too slow */
	FAULT_COUNT
};

void fault_seen(enum fault condition);

/* The key of its count in `stats`: "no_verify". */
const char *fault_name(enum fault condition);

/* How often since the start. */
unsigned long fault_total(enum fault condition);

/* Writes a line for each condition seen since it was last told, at most one
 * a minute of each. now is monotonic, in milliseconds. */
void fault_tell(int64_t now);
#endif
