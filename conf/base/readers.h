/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readers - who may read a file that the caller may not
 *
 * "Permission denied" sends an administrator to root's shell; mostly a group
 * is meant to do.
 */
#ifndef CONF_BASE_READERS_H
#define CONF_BASE_READERS_H

#include "policy/base/err.h"

enum { READERS_TEXT = 160, READERS_MESSAGE = 1024 };

/* Writes "; only root and members of the group adm may read it", of the file or
 * of the folder on the way that is closed to the caller. "" when number, an
 * errno, is not EACCES, and when nothing is seen to be closed. Returns out. */
const char *readers_of(int number, const char *path, char out[READERS_TEXT]);

/* Writes e for people: its file, its text, and who may read the file if that is
 * what was denied. Returns out. */
const char *readers_message(const struct err *e, char out[READERS_MESSAGE]);
#endif
