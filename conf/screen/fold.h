/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fold - a long line in several, none of which looks like a line of its own
 *
 * It is ended at blanks, and goes on under the last of its columns, or deeper
 * than it begins; nothing is cut. A command that is printed to be typed goes on
 * behind a backslash, as a shell takes it.
 */
#ifndef CONF_SCREEN_FOLD_H
#define CONF_SCREEN_FOLD_H

#include <stddef.h>
#include <stdio.h>

/*
 * Prints n octets of a line, without its newline, in lines of at most width
 * columns; a word that is longer makes a longer line. Octets are columns, but
 * for ESC [ ... m, which has none. -1 when it cannot be written.
 */
int fold_line(const char *line, size_t n, size_t width, FILE *to);
#endif
