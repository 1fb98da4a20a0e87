/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log - the daemon's own lines to the administrator
 *
 * Errors (act now), warnings (act soon) and notices (start, reload, stop), to
 * standard error or to syslog's mail facility. A line may block on a stuck
 * syslog, so libmilter's workers never write one: they count a fault
 * (faults.h), and the event loop reports it.
 */
#ifndef MILTER_LOG_LOG_H
#define MILTER_LOG_LOG_H

enum log_to { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* Before other threads run, and again once, when the terminal is left. */
void log_open(enum log_to to);

void log_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
#endif
