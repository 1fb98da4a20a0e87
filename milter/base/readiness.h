/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readiness - goes into the background, and says when mail can come
 *
 * The process that was started returns only when the one behind it listens,
 * with that one's exit status when it does not come so far. systemd is told
 * the same through its socket, without its library.
 */
#ifndef MILTER_BASE_READINESS_H
#define MILTER_BASE_READINESS_H

#include "policy/base/err.h"

/* Forks; returns in the child, and in the parent never. */
int readiness_detach(struct err *e);

/* Sessions are accepted from now on. */
void readiness_report_ready(void);
/* They are not any more. */
void readiness_report_stopping(void);
#endif
