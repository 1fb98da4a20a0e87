/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * diskwatch - the thread that looks whether files have changed on disk
 *
 * A network folder without its server makes even stat(2) wait, so no thread
 * that has to answer anybody looks at the state or at the policy's files.
 */
#ifndef MILTER_RELOAD_DISKWATCH_H
#define MILTER_RELOAD_DISKWATCH_H

#include <stdbool.h>

#include "policy/base/err.h"

/* Starts it: twice a second it calls reloader_check_state(),
 * reloader_check_disk() and mapwriter_check(). 0, or -1 with e filled. */
int diskwatch_start(struct err *e);

/* Ends it, and waits up to ms for that. false: it waits for a disk, and is
 * left alone. */
bool diskwatch_stop(unsigned ms);
#endif
