/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logfollow - the lines of a decision log as they are written
 *
 * Follows the log across rotations, and waits for a log that does not exist
 * yet. It looks at the file four times a second.
 */
#ifndef CONF_AUDIT_LOGFOLLOW_H
#define CONF_AUDIT_LOGFOLLOW_H

#include <stdbool.h>

#include "policy/base/lines.h"

struct logfollow;

/* Returns new, which borrows path; goes with logfollow_close(). It begins with
 * the file that path names now, if there is one. */
struct logfollow *logfollow_open(const char *path);
void logfollow_close(struct logfollow **follow);

/* From now on only what is written later counts. */
void logfollow_skip_all(struct logfollow *follow);
/* Leaves out the next n lines of the file it has. */
void logfollow_skip(struct logfollow *follow, unsigned long n);

/*
 * Reads the next line; out borrows until the next call. Without one it waits
 * for up to wait_ms milliseconds. Returns false with e->text "" when none came,
 * or with e filled when the log cannot be read.
 */
bool logfollow_next(struct logfollow *follow, int wait_ms, struct logline *out,
    struct err *e);
#endif
