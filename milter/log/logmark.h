/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logmark - a record that must be on the disk before something else is done
 *
 * Unlike a decision it is never dropped: whoever writes one waits for it, and
 * learns of a failure. The decision log's writer takes it within a second.
 */
#ifndef MILTER_LOG_LOGMARK_H
#define MILTER_LOG_LOGMARK_H

#include "milter/log/logfile.h"

/* Has record, as record_json() writes one, written and synced. Waits for the
 * writer, at most half a minute. One thread at a time, and not the writer. 0:
 * it is on the disk; -1 with e filled: that is not certain. */
int logmark_write(struct slice record, struct err *e);

/* Of the writer: writes the record that waits, if one does. file is NULL when
 * there is no log. */
void logmark_serve(struct logfile *file);
#endif
