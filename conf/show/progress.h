/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * progress - a bar on a terminal while a log is read, nothing in a pipe
 */
#ifndef CONF_SHOW_PROGRESS_H
#define CONF_SHOW_PROGRESS_H

#include <stdio.h>

#include "policy/audit/logreader.h"

struct progress;

/* Returns new; goes with progress_end(). Shows nothing unless out is a
 * terminal, and nothing for the first half second. */
struct progress *progress_begin(FILE *out);
/* After each line; draws at most five times a second. */
void progress_step(struct progress *progress,
    const struct logreader *reader);
/* The same as a logreader_step_fn; data is the struct progress. */
void progress_line(const struct logreader *reader, void *data);
/* Takes the bar away. */
void progress_end(struct progress **progress);
#endif
