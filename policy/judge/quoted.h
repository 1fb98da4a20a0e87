/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quoted - a value of a record, as a string of JSON
 */
#ifndef POLICY_JUDGE_QUOTED_H
#define POLICY_JUDGE_QUOTED_H

#include "policy/base/slice.h"
#include "policy/base/text.h"

/* A longer value is cut and ends in "...". */
enum { QUOTED_VALUE = 600 };

/* Adds s in quotes, in ASCII: valid UTF-8 becomes \u escapes, any other byte
 * the text \xHH. */
void quoted_put(struct text *t, struct slice s);
#endif
