/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log - the daemon's own lines to the administrator
 *
 * Errors (act now), warnings (act soon) and notices (start, reload, stop), to
 * standard error or to syslog's mail facility. From log_start() on no thread
 * waits for who reads them: they are queued for threads that do (logwriter.h),
 * and so are decisions and libmilter's lines for syslog.
 */
#ifndef MILTER_LOG_LOG_H
#define MILTER_LOG_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

enum log_to { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* Before other threads run, and again once, when the terminal is left. */
void log_open(enum log_to to);

/* Starts the threads that write. Before that, lines are written at once. 0, or
 * -1 with e filled. */
int log_start(struct err *e);

/* Waits up to ms until what was logged so far is written. false: somebody does
 * not read, and an end of the process must be with _exit(2). */
bool log_flush(unsigned ms);

void log_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Writes lines as they are to standard error; the last one ends with its
 * newline. */
void log_text(struct slice lines);

/* Writes a decision, as record_text() writes it, to syslog. One that finds no
 * room counts as a fault. Any thread. */
void log_decision(struct slice line);

/* Writes a line of a library to syslog, with its own priority. Any thread. */
void log_library(int priority, const char *text);
#endif
