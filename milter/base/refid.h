/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refid - short references for the log, none of them used twice
 *
 * The start of the process in milliseconds and a counter, written in thirty-two
 * letters and digits that are not confused with each other. No two starts are
 * in the same millisecond, so a restart repeats no reference.
 */
#ifndef MILTER_BASE_REFID_H
#define MILTER_BASE_REFID_H

#include <stdint.h>

#include "policy/base/slice.h"

enum { REFID_SIZE = 24 };         /* eight, and a 64-bit counter; a NUL */

/* started: when the process began, milliseconds since 1970. Once, before
 * other threads run. */
void refid_init(int64_t started);

/* A number that is used once. */
uint64_t refid_next(void);

/* Writes the reference of number and returns it, borrowing out. */
struct slice refid_show(uint64_t number, char out[REFID_SIZE]);
#endif
