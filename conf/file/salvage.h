/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * salvage - where a daemon listens and keeps its state, from a policy file that
 * may be broken
 */
#ifndef CONF_FILE_SALVAGE_H
#define CONF_FILE_SALVAGE_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/settings.h"

/* Sets the control sockets of *out: those that the file at path names, as far
 * as it can be read, or else the default one. In a; the rest of *out is
 * empty. */
void salvage_controls(const char *path, struct arena *a, struct settings *out);

/* Whether the file at path names exactly the sockets that settings have, with
 * their groups and modes. false also for one that cannot be read as far as
 * that. */
bool salvage_confirms_sockets(const char *path,
    const struct settings *settings);

/* The state folder that the file at path names, as far as it can be read, or
 * else the default one. In a. */
const char *salvage_state(const char *path, struct arena *a);
#endif
