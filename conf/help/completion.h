/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * completion - what a shell can complete of a command line, as its functions
 *
 * Printed from the list of the commands and their options when the programs are
 * built; contrib/completions/tail.bash and tail.zsh, which follow it in the
 * file that is installed, find out where in the command line one is.
 */
#ifndef CONF_HELP_COMPLETION_H
#define CONF_HELP_COMPLETION_H

#include <stddef.h>
#include <stdio.h>

#include "conf/help/form.h"

/* A command and the options that it reads; NULL: none. */
struct completion_command {
	const struct command *command;
	const struct command_option *options;
	const char *letters;            /* those that may stand alone; NULL */
};

void completion_print_bash(const struct completion_command *list, size_t count,
    FILE *out);
void completion_print_zsh(const struct completion_command *list, size_t count,
    FILE *out);
#endif
