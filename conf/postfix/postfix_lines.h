/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_lines - the logical lines of main.cf and master.cf
 *
 * A line that begins with a blank continues the one before it. Empty lines and
 * those whose first word begins with # are left out, also between the two.
 */
#ifndef CONF_POSTFIX_POSTFIX_LINES_H
#define CONF_POSTFIX_POSTFIX_LINES_H

#include "policy/base/arena.h"

struct postfix_lines {
	struct slice rest;
	unsigned number;                /* of the last line that was read */
};

struct postfix_lines postfix_lines_of(struct slice text);
/* Cuts off the next logical line, in a, and sets the number of its first one;
 * false: there is none. */
bool postfix_next_line(struct postfix_lines *lines, struct arena *a,
    struct slice *line, unsigned *number);

/* Cuts the next word off *rest; false: there is none. Any octet of separators
 * separates words, but not within braces. */
bool postfix_cut_word(struct slice *rest, const char *separators,
    struct slice *word);
/* The same where blanks separate words. */
bool postfix_next_argument(struct slice *rest, struct slice *word);
/* Cuts the next -o off the arguments of a daemon, of a command of master.cf
 * without its program, with its value as it is written; false: there is none.
 */
bool postfix_next_option(struct slice *arguments, struct slice *value);
#endif
