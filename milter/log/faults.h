/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * condition - what may go wrong at every message, told once a minute
 *
 * A repeated condition is counted, not repeated. Any thread counts, which is
 * one atomic addition; the event loop tells.
 */
#ifndef MILTER_LOG_FAULTS_H
#define MILTER_LOG_FAULTS_H

#include <stdint.h>

enum condition {
	CONDITION_NO_SYMBOLS,           /* our symbol list was not honoured */
	CONDITION_NO_VERIFY,            /* Sendmail without {verify} */
	CONDITION_NO_VERSION,           /* no v: which MTA is it? */
	CONDITION_NO_SENDER,            /* no {mail_addr} */
	CONDITION_CANNOT_HOLD,
	CONDITION_CANNOT_TAG,
	CONDITION_NO_HEADERS,           /* a rule needs them, none come */
	CONDITION_TOO_MANY_RECIPIENTS,
	CONDITION_REPLY_REFUSED,        /* libmilter did not take a reply */
	CONDITION_CHANGE_REFUSED,       /* nor a header or a quarantine */
	CONDITION_RECORDS_LOST,         /* the decision log was too slow */
	CONDITION_COUNT
};

void condition_seen(enum condition condition);

/* The key of its count in `stats`: "no_verify". */
const char *condition_name(enum condition condition);

/* How often since the start. */
unsigned long condition_total(enum condition condition);

/* Writes a line for each condition seen since it was last told, at most one
 * a minute of each. now is monotonic, in milliseconds. */
void condition_tell(int64_t now);
#endif
