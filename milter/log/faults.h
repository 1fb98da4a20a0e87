/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * faults - what can go wrong at every message, reported once a minute
 *
 * Each fault is a counter with a message for the log. Any thread counts one,
 * which is one atomic addition; the event loop reports them.
 */
#ifndef MILTER_LOG_FAULTS_H
#define MILTER_LOG_FAULTS_H

#include <stdint.h>

enum fault {
	FAULT_NO_SYMBOLS,       /* the MTA ignored our list of macros */
	FAULT_NO_VERIFY,        /* Sendmail without {verify} */
	FAULT_NO_VERSION,       /* no v: the MTA is not recognised */
	FAULT_NO_SENDER,        /* no {mail_addr} */
	FAULT_CANNOT_HOLD,
	FAULT_CANNOT_TAG,
	FAULT_NO_HEADERS,       /* a rule needs them, the session has none */
	FAULT_NO_END,           /* a decision cannot wait for the end */
	FAULT_TOO_MANY_RECIPIENTS,
	FAULT_REPLY_REFUSED,    /* libmilter did not take a reply */
	FAULT_CHANGE_REFUSED,   /* the MTA took no header or quarantine */
	FAULT_RECORDS_LOST,     /* the decision log was too slow */
	FAULT_SYSLOG_LOST,      /* nobody read syslog */
	FAULT_COUNT
};

/* Puts them into the register of counters. */
void faults_register(void);

/* From any thread. */
void fault_count(enum fault fault);

/* Logs each fault that was counted since its last report, at most once a
 * minute. On the event loop; now is monotonic, in milliseconds. */
void faults_report(int64_t now);
#endif
