/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * library_syslog - syslog() as libmilter calls it
 *
 * libmilter logs from the threads that serve mail, and glibc's syslog() waits
 * for a syslog that does not read. The program's own definition takes
 * precedence over glibc's in libmilter too; it queues the line. <syslog.h> is
 * not included together with this: with _FORTIFY_SOURCE it defines syslog()
 * itself, as a call of __syslog_chk().
 */
#ifndef MILTER_LOG_LIBRARY_SYSLOG_H
#define MILTER_LOG_LIBRARY_SYSLOG_H

void syslog(int priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What syslog() is in a library that was built with _FORTIFY_SOURCE. */
void __syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#endif
