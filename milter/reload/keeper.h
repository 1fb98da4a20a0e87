/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keeper - sees that the policy in force is kept in the state folder
 *
 * Beside it is where this daemon can be asked.
 *
 * The archive of the policy in force is a file in memory until it is written,
 * and the file in the state folder from then on. A folder that cannot take it
 * is a warning of `status`, and is tried again; it holds up nothing else.
 */
#ifndef MILTER_RELOAD_KEEPER_H
#define MILTER_RELOAD_KEEPER_H

#include <stdbool.h>

#include "policy/base/err.h"

/* Takes the archive of the policy that was put in force just now: a descriptor
 * of it; -1: there is none, for the reason in why. is_kept: it is that in the
 * state folder already. Any thread. */
void keeper_take(int archive, bool is_kept, const struct err *why);

/* Takes the note of where this daemon can be asked, which is for free(3): see
 * kept_lock_note(). It goes into the state folder, too. Any thread. */
void keeper_set_note(char *new);

/* Whether keeper_write() has something to do now. Any thread. */
bool keeper_is_due(void);
/* Writes what is due. The reloader's thread, which may wait for the disk. */
void keeper_write(void);

/* A descriptor of the archive of the policy in force, for reading alone, which
 * is the caller's; -1 with e filled. Any thread. */
int keeper_open(struct err *e);

/* For the end of the process. */
void keeper_clear(void);
#endif
