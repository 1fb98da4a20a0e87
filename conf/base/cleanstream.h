/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cleanstream - a stream on which nothing but text reaches a terminal
 *
 * Names, reasons, headers and records come from outside, and a terminal obeys
 * some of their bytes. What is printed on such a stream goes through
 * slice_show_line(), whatever the caller did or forgot; only newlines and tabs
 * are left.
 */
#ifndef CONF_BASE_CLEANSTREAM_H
#define CONF_BASE_CLEANSTREAM_H

#include <stdio.h>

/* Returns new, for fclose(3), which leaves to open: a stream that writes to it.
 * Each line is passed on when it is complete. */
FILE *cleanstream_open(FILE *to);
#endif
