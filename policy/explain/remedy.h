/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remedy - the smallest change that would let a decision pass
 */
#ifndef POLICY_EXPLAIN_REMEDY_H
#define POLICY_EXPLAIN_REMEDY_H

#include "policy/judge/judge.h"

/*
 * In words, printable, in a or static; NULL when the decision passed. For a
 * demand the evidence is improved check by check until the judge passes it,
 * and the improvements are the text.
 */
const char *remedy_of(const struct request *request,
    const struct decision *decision, struct arena *a);
#endif
