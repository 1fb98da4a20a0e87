/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cleanstream - a stream on which nothing but text reaches a terminal
 *
 * Names, reasons, headers and records come from outside, and a terminal obeys
 * some of their bytes. What is printed on such a stream goes through
 * slice_show_line(), whatever the caller did or forgot; only newlines and tabs
 * are left. It can keep what was printed, for an answer that has to repeat it.
 * On a terminal, long lines are folded (conf/screen/fold.h) and words have
 * colours (conf/screen/paint.h).
 */
#ifndef CONF_SCREEN_CLEANSTREAM_H
#define CONF_SCREEN_CLEANSTREAM_H

#include <stdbool.h>
#include <stdio.h>

/* The beginning of what was printed on a stream, as it was shown. */
struct printed {
	FILE *to;                       /* what the stream writes to */
	const bool *plain;              /* borrows; set: lines are written as
	                                 * they are, for a program */
	size_t width;                   /* columns; 0: lines are not folded */
	bool colours;
	char *line;                     /* owns: what is begun and not written,
	                                 * line_n octets of it */
	size_t line_n, line_room;
	bool any;                       /* something was printed */
	size_t n;
	char text[8192];                /* n octets, without a NUL */
};

/*
 * Returns new, for fclose(3), which leaves to open: a stream that writes to it.
 * Each line is passed on when it is complete. Fills *printed as it goes;
 * borrows it, to and plain until then. While *plain is set, lines are neither
 * folded nor painted; NULL: never set.
 */
FILE *cleanstream_open(FILE *to, const bool *plain, struct printed *printed);
#endif
