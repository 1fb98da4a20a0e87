/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * macro_check - whether the MTA tells what it was asked for
 *
 * A macro that never comes makes rules undecidable, which an administrator
 * must hear of before his users do. Which MTA it was recognised as is logged
 * when it is met for the first time.
 */
#ifndef MILTER_SESSION_MACRO_CHECK_H
#define MILTER_SESSION_MACRO_CHECK_H

#include "policy/judge/request.h"

/* Any thread, for each recipient: counts, and never blocks. */
void macro_check_note(const struct settings *settings,
    const struct request *request);

/* On the event loop: logs MTAs not met before. */
void macro_check_report(void);
#endif
