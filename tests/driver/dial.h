/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dial - connects to a filter at an address as MTAs write it
 */
#ifndef TESTS_DRIVER_DIAL_H
#define TESTS_DRIVER_DIAL_H

#include "policy/base/err.h"

/* Connects to "unix:PATH" or "inet:HOST:PORT". Returns a new blocking
 * descriptor, or -1 and fills e. */
int dial(const char *where, struct err *e);
#endif
