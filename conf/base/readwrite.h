/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readwrite - read(2) and write(2) until all is done
 *
 * Goes on after a signal and after a short count. For files and pipes;
 * sockets, whose peer can keep one waiting, have deadlines of their own
 * (control, socketmap).
 */
#ifndef CONF_BASE_READWRITE_H
#define CONF_BASE_READWRITE_H

#include <sys/types.h>

#include "policy/base/slice.h"

/* Reads to the end of the file, or n bytes. How many, or -1 with errno. */
ssize_t read_all(int fd, char *to, size_t n);
/* Writes all of text, or returns -1 with errno. *wrote says how far it came
 * in either case. */
int write_all(int fd, struct slice text, size_t *wrote);
#endif
