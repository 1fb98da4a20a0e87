/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decisionlog - decisions on their way to disk, which mail never waits for
 *
 * Any thread adds a record to a queue that is bounded in bytes; one thread
 * of its own writes them out. What finds no room is counted, and the log says
 * how many were lost where they are missing.
 */
#ifndef MILTER_LOG_DECISIONLOG_H
#define MILTER_LOG_DECISIONLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

/* Opens the log at path, absent for none, and starts its writer. A file of
 * max_size bytes is renamed and a new one begun; 0: never. -1 when it cannot
 * be opened: at start, that is the administrator's to mend. */
int decisionlog_start(struct slice path, uint64_t max_size, struct err *e);

/* Writes what is queued, for at most grace_ms when the disk does not take it,
 * and ends the writer. Nothing may be added any more. */
void decisionlog_stop(unsigned grace_ms);

/* Whether records are kept at all. */
bool decisionlog_is_open(void);

/* Queues a record as record_json() writes it, at most LIMIT_DECISION
 * octets. Copies it; never blocks. */
void decisionlog_add(struct slice record);

/* Queues a line for syslog, as record_text() writes it. */
void decisionlog_add_syslog(struct slice line);

/* Has the writer open the file again, at another path when the configuration
 * names one; absent: no log from now on. */
void decisionlog_reopen(struct slice path, uint64_t max_size);

/* Records lost since the start. */
uint64_t decisionlog_lost(void);
#endif
