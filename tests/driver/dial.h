/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dial - a connection to a filter, as an MTA writes where it is
 */
#ifndef TESTS_DRIVER_DIAL_H
#define TESTS_DRIVER_DIAL_H

#include "policy/base/err.h"

/* Connects to "unix:PATH" or "inet:HOST:PORT". Returns the descriptor, which
 * blocks, or -1 and e. */
int dial(const char *where, struct err *e);
#endif
