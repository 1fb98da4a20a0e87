/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readwrite - read(2) and write(2) until all is done
 *
 * Both continue after a signal and after a short count. They are for files and
 * pipes; a peer on a socket could stall them, so control and socketmap have
 * their own loops with deadlines.
 */
#ifndef CONF_BASE_READWRITE_H
#define CONF_BASE_READWRITE_H

#include <sys/types.h>

#include "policy/base/slice.h"

/* Reads up to n bytes, fewer only at the end of the file. Returns how many, or
 * -1 with errno. */
ssize_t read_all(int fd, char *to, size_t n);
/* Writes all of text, or returns -1 with errno. *wrote is the number of bytes
 * written in either case. */
int write_all(int fd, struct slice text, size_t *wrote);
#endif
