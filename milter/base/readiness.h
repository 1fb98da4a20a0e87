/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readiness - goes into the background, and reports when mail can come
 *
 * The process that was started returns when its child listens, or with the
 * exit status of a child that ended before. systemd is notified through its
 * socket, without its library.
 */
#ifndef MILTER_BASE_READINESS_H
#define MILTER_BASE_READINESS_H

#include "policy/base/err.h"

/* Forks. Returns 0 in the child; the parent waits here, and exits. -1 with e
 * filled when that fails. */
int readiness_detach(struct err *e);

/* Reports that sessions are accepted from now on. */
void readiness_report_ready(void);
/* Reports that the daemon is about to end. */
void readiness_report_stopping(void);
#endif
