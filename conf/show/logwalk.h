/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logwalk - the lines of a decision log, with a bar while they are read
 *
 * The bar is for a terminal: nothing is drawn in a pipe, and nothing in the
 * first half second.
 */
#ifndef CONF_SHOW_LOGWALK_H
#define CONF_SHOW_LOGWALK_H

#include <stdint.h>
#include <stdio.h>

#include "policy/base/lines.h"

struct logwalk;

/*
 * Opens the log at path, "log.decisions" of the policy file, with its rotated
 * files; those last written before since (seconds since 1970; 0: none) are
 * left out. bar is where the bar is drawn. Returns new; goes with
 * logwalk_close(). NULL when no log is kept, or there is none.
 */
struct logwalk *logwalk_open(struct slice path, int64_t since, FILE *bar,
    struct err *e);
/* The same, of one file that is named, without its rotated files. */
struct logwalk *logwalk_open_file(const char *path, int64_t since, FILE *bar,
    struct err *e);
/* Takes the bar away. */
void logwalk_close(struct logwalk **walk);

/* Borrows until logwalk_close(). */
struct lines *logwalk_lines(struct logwalk *walk);
#endif
