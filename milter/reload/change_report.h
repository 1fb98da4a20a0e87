/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change_report - what an administrator changed, in the daemon's log
 */
#ifndef MILTER_RELOAD_CHANGE_REPORT_H
#define MILTER_RELOAD_CHANGE_REPORT_H

#include "conf/state/change.h"

/* Logs a change that was made, with what came of it, or refused, for the reason
 * in e. */
void change_report_log(const struct change *change, const struct actor *actor,
    bool made, const struct change_made *out, const struct err *e);
#endif
