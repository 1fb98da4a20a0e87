/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_settings - the settings of a policy as words
 */
#ifndef CONF_SHOW_PRINT_SETTINGS_H
#define CONF_SHOW_PRINT_SETTINGS_H

#include <stdio.h>

#include <jansson.h>

#include "policy/settings.h"

/* Those that differ from their defaults, one a line. */
void print_settings(const struct settings *settings, FILE *out);
/* Returns new: an object of all of them, as text. */
json_t *print_settings_json(const struct settings *settings);
#endif
