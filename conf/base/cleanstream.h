/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cleanstream - a stream on which nothing but text reaches a terminal
 *
 * Names, reasons, headers and records come from outside, and a terminal obeys
 * some of their bytes. What is printed on such a stream goes through
 * slice_show_line(), whatever the caller did or forgot; only newlines and tabs
 * are left. It can keep what was printed, for an answer that has to repeat it.
 */
#ifndef CONF_BASE_CLEANSTREAM_H
#define CONF_BASE_CLEANSTREAM_H

#include <stdbool.h>
#include <stdio.h>

/* The beginning of what was printed on a stream, as it was shown. */
struct printed {
	FILE *to;                       /* what the stream writes to */
	bool any;                       /* something was printed */
	size_t n;
	char text[8192];                /* n octets, without a NUL */
};

/*
 * Returns new, for fclose(3), which leaves to open: a stream that writes to it.
 * Each line is passed on when it is complete. Fills *printed as it goes;
 * borrows it, and to, until then.
 */
FILE *cleanstream_open(FILE *to, struct printed *printed);
#endif
