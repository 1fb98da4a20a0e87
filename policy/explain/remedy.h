/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remedy - the smallest change that would let a decision pass
 */
#ifndef POLICY_EXPLAIN_REMEDY_H
#define POLICY_EXPLAIN_REMEDY_H

#include "policy/judge/judge.h"

/*
 * In words, printable, in a; NULL when it passes as it is. For a demand it is
 * worked out by mending the evidence one step at a time until the judge
 * passes it.
 */
const char *remedy_of(const struct request *request,
    const struct decision *decision, struct arena *a);
#endif
