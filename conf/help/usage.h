/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage - how the commands are called, as help prints it
 *
 * No line has more than 80 columns.
 */
#ifndef CONF_TOOL_USAGE_H
#define CONF_TOOL_USAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "conf/help/form.h"

/* All commands, a line for each. */
void usage_print_all(FILE *out);

/* The word of the last form whose word is among those of a call, from the
 * second one on; NULL: none is. */
const char *usage_word(const struct command *command, int argc, char **argv);

/*
 * The forms that have word, with what they do, their options and an example;
 * all forms and options of the command if word is NULL. options are those of
 * the command, NULL if it has none; letters are those that may stand alone, or
 * NULL.
 */
void usage_print(const struct command *command, const char *word,
    const struct command_option *options, const char *letters, FILE *out);

/* Whether a synopsis has this option of the command. */
bool usage_has_option(const char *synopsis,
    const struct command_option *option, const char *letters);
#endif
