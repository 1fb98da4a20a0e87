/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * restart - settings that have changed and take effect only by a restart
 *
 * They are compared with what the daemon really started with, so every reload
 * names them until the restart is done, or they are what they were. `status`
 * has a warning as long.
 */
#ifndef MILTER_RELOAD_RESTART_H
#define MILTER_RELOAD_RESTART_H

#include <jansson.h>

#include "policy/settings.h"

/* Notes what the daemon runs with, once it does. */
void restart_note(const struct settings *settings);

/* Notes that a setting, "map.listen", runs with its value in settings now. The
 * reloader's thread. */
void restart_opened(const char *setting, const struct settings *settings);

/* Notes why that could not be, for the next review. */
void restart_not_opened(const char *setting, const char *why);

/* Compares the settings of a policy that was put in force with that: logs what
 * needs a restart, and sets or clears the warning. The reloader's thread. */
void restart_review(const struct settings *settings);

/* What the last review found: a list of objects with setting, running, wanted
 * and why (null: it always needs a restart). Returns new; goes with
 * json_decref(). Any thread. */
json_t *restart_json(void);
#endif
