/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_settings - the settings of a policy, for people or as JSON
 */
#ifndef CONF_SHOW_PRINT_SETTINGS_H
#define CONF_SHOW_PRINT_SETTINGS_H

#include <stdio.h>

#include <jansson.h>

#include "policy/settings.h"

/* Every setting by its name ("log.scope"), its value as text; null for an
 * absent one. Returns new. */
json_t *print_settings_json(const struct settings *settings);
/* Prints those of print_settings_json() that differ from their defaults, one a
 * line; nothing when none does. */
void print_settings(json_t *settings, FILE *out);
#endif
