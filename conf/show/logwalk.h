/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logwalk - the lines of a decision log, with a progress bar
 *
 * The bar is drawn on standard error, only when that is a terminal, and not in
 * the first half second.
 */
#ifndef CONF_SHOW_LOGWALK_H
#define CONF_SHOW_LOGWALK_H

#include <stdint.h>
#include <stdio.h>

#include "policy/base/lines.h"

struct logwalk;

/*
 * Opens the log at path (log.decisions of the policy file; absent: none is
 * set) and its rotated files, without those last written before since (seconds
 * since 1970; 0: all are read). Returns new; goes with logwalk_close().
 * NULL with e filled when there is no log.
 */
struct logwalk *logwalk_open(struct slice path, int64_t since,
    struct err *e);
/* The same for the one file at path, without its rotated files. */
struct logwalk *logwalk_open_file(const char *path, int64_t since,
    struct err *e);
/* Erases the bar. */
void logwalk_close(struct logwalk **walk);

/* Borrows until logwalk_close(). */
struct lines *logwalk_lines(struct logwalk *walk);
#endif
