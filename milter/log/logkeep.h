/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logkeep - the thread that removes files of the decision log for their age
 *
 * Before a file goes, a record of that is on the disk, in the current file of
 * the log; see record_removed.h. A crash in between leaves a file that the next
 * start removes. When anything is not as it should be, it removes nothing more,
 * and that is a warning.
 */
#ifndef MILTER_LOG_LOGKEEP_H
#define MILTER_LOG_LOGKEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

/* Names the log, absent for none, and the seconds that its files are kept, 0
 * for ever. Copies path; any thread. Takes effect at once. */
void logkeep_set(struct slice path, int64_t keep);

/* Starts the thread, when the decision log is open. 0, or -1 with e filled. */
int logkeep_start(struct err *e);
/* Ends it, before the decision log. false: it waits for the disk, and is left
 * alone with its memory. */
bool logkeep_stop(unsigned grace_s);

struct logkeep_report {
	int64_t keep;                   /* seconds; 0: for ever */
	int64_t oldest;                 /* of the records that are kept, seconds
	                                 * since 1970; 0: not known */
	int64_t waits;                  /* seconds of running before the time to
	                                 * keep, or the clock, is believed; 0:
	                                 * they are */
};

/* What it found out last. Any thread. */
struct logkeep_report logkeep_report(void);
#endif
