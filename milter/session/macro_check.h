/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * macro_check - reports macros that an MTA does not send as configured
 *
 * Without them no rule can be decided, so the administrator must read of it
 * before the users notice. The first recipient from each kind of MTA is logged
 * too, with the rules that judge it.
 */
#ifndef MILTER_SESSION_MACRO_CHECK_H
#define MILTER_SESSION_MACRO_CHECK_H

#include "policy/judge/request.h"

/* On any thread, for each recipient: counts the macros that are missing as
 * faults (milter/log/faults). Takes a lock only for the first recipient of each
 * kind of MTA. */
void macro_check_note(const struct request *request);

/* On the event loop, every second: logs the kinds of MTA that are new. */
void macro_check_report(void);
#endif
