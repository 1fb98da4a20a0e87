/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decisionlog - the queue of decisions to be written to disk
 *
 * Any thread adds records; a thread of its own writes them, so mail never waits
 * for the disk. The queue is bounded in bytes. Records that are dropped for
 * want of room are counted, and a line in the log says how many are missing,
 * of which partners and for which reasons.
 */
#ifndef MILTER_LOG_DECISIONLOG_H
#define MILTER_LOG_DECISIONLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "milter/log/linequeue.h"
#include "policy/base/err.h"
#include "policy/base/slice.h"

/* Names the file with the key of the log, absent for none: before the start, or
 * before decisionlog_reopen(), which then uses it. Copies path. A key that
 * cannot be used is an error in the log and a record; mail goes on. */
void decisionlog_set_key(struct slice path);

/* Opens the log at path, absent for none, and starts its writer. A file of
 * max_size bytes is renamed and a new one begun; 0: never. Copies path. 0, or
 * -1 with e filled: at start the administrator has to correct that. */
int decisionlog_start(struct slice path, uint64_t max_size, struct err *e);

/* Writes what is queued and ends the writer; when the disk fails, tries for
 * grace_ms. false: the disk does not answer, and the writer is left alone with
 * the memory it uses. What is added later is dropped. */
bool decisionlog_stop(unsigned grace_ms);

/* Whether records are wanted: a path is set. Any thread. */
bool decisionlog_is_open(void);

/* Queues a record as record_json() writes it, at most LIMIT_DECISION octets. A
 * longer one is dropped and not counted; record_json() writes none. Without a
 * log does nothing. When there is no room, whoever has most of the queue loses
 * records for it. Copies both; never blocks. Any thread. */
void decisionlog_add(struct slice record, const struct line_origin *origin);

/*
 * Makes the writer open the file again, at path, which may be another one.
 * Absent: no log from now on. Copies path and returns at once. When the file
 * cannot be opened, the writer logs that, goes on with the old one and tries
 * again every second. Without an old one, records wait in the queue meanwhile.
 */
void decisionlog_reopen(struct slice path, uint64_t max_size);

/* Records lost since the start because the queue was full. */
uint64_t decisionlog_lost(void);
#endif
