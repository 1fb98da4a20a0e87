/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * statefolder - the state folder, opened and locked
 */
#ifndef CONF_STATE_STATEFOLDER_H
#define CONF_STATE_STATEFOLDER_H

#include "policy/base/err.h"

/* Opens the folder, which nobody but its owner may write to. The caller owns
 * the descriptor; -1 with e filled, its number ENOENT where there is none. */
int statefolder_open(const char *path, struct err *e);

/* Waits for the lock of the open folder, which closing the descriptor that it
 * returns gives back. The caller owns that; -1 with e filled, after ten
 * seconds too. path is for messages. */
int statefolder_lock(int folder, const char *path, struct err *e);

/* Waits for a moment between two attempts. */
void statefolder_pause(void);
#endif
