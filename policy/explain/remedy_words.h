/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remedy_words - a remedy as one sentence
 */
#ifndef POLICY_EXPLAIN_REMEDY_WORDS_H
#define POLICY_EXPLAIN_REMEDY_WORDS_H

#include "policy/explain/remedy.h"

/* The words of remedy, printable, in a. */
const char *remedy_words(const struct remedy *remedy, enum mta mta,
    struct arena *a);

/* The remedy of a decision in words; NULL when it passed. */
const char *remedy_of(const struct policy *policy,
    const struct request *request, const struct decision *decision,
    struct arena *a);
#endif
