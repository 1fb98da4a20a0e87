/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decisionlog - the queue of decisions to be written to disk
 *
 * Any thread adds records; a thread of its own writes them, so mail never waits
 * for the disk. The queue is bounded in bytes. Records that find no room are
 * counted, and a line in the log says how many are missing there.
 */
#ifndef MILTER_LOG_DECISIONLOG_H
#define MILTER_LOG_DECISIONLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

/* Opens the log at path, absent for none, and starts its writer. A file of
 * max_size bytes is renamed and a new one begun; 0: never. -1 when it cannot
 * be opened: at start the administrator has to correct that. */
int decisionlog_start(struct slice path, uint64_t max_size, struct err *e);

/* Writes what is queued and ends the writer; when the disk fails, tries for
 * grace_ms. Nothing may be added any more. */
void decisionlog_stop(unsigned grace_ms);

/* Whether there is a log. */
bool decisionlog_is_open(void);

/* Queues a record as record_json() writes it, at most LIMIT_DECISION
 * octets. Copies it; never blocks. */
void decisionlog_add(struct slice record);

/* Queues a line for syslog, as record_text() writes it. */
void decisionlog_add_syslog(struct slice line);

/* Makes the writer open the file again, at path, which may be another one.
 * Absent: no log from now on. */
void decisionlog_reopen(struct slice path, uint64_t max_size);

/* Records lost since the start. */
uint64_t decisionlog_lost(void);
#endif
