/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * terminal - how wide the lines of a stream may be, and whether it has colours
 */
#ifndef CONF_SCREEN_TERMINAL_H
#define CONF_SCREEN_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Columns: COLUMNS of the environment, whatever the stream is; else those of
 * the terminal, 80 if it does not tell. 0: it is no terminal, and lines are not
 * to be folded. */
size_t terminal_width(FILE *stream);

/* Whether it is a terminal that is not dumb, and NO_COLOR is not set. */
bool terminal_has_colours(FILE *stream);
#endif
