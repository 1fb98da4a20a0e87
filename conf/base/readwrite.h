/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readwrite - open(2), read(2) and write(2) until all is done
 *
 * They continue after a signal and after a short count. They are for files and
 * pipes; a peer on a socket could stall them, so control and socketmap have
 * their own loops with deadlines.
 */
#ifndef CONF_BASE_READWRITE_H
#define CONF_BASE_READWRITE_H

#include <stdbool.h>
#include <sys/types.h>

#include "policy/base/slice.h"

/* Whether a call that failed with this errno may succeed a moment later: no
 * descriptor, memory or thread was left, or the device failed. */
bool failure_may_pass(int error);

/*
 * openat(2), tried again for up to half a second while it fails for a reason
 * that may pass: a file that cannot be opened once must not count as one that
 * is not there. Not for threads that may not wait. -1 with errno.
 */
int open_again(int folder, const char *path, int flags, mode_t mode);

/* Reads up to n bytes, fewer only at the end of the file. Returns how many, or
 * -1 with errno. */
ssize_t read_all(int fd, char *to, size_t n);
/* Writes all of text, or returns -1 with errno. *wrote is the number of bytes
 * written in either case. */
int write_all(int fd, struct slice text, size_t *wrote);
#endif
