/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sentence - a sentence that grows by phrases, within bounds
 */
#ifndef POLICY_BASE_TEXT_H
#define POLICY_BASE_TEXT_H

#include "policy/base/arena.h"

enum { SENTENCE = 768 };

struct sentence {
	char text[SENTENCE];            /* ends in "..." when it was cut */
	size_t n;
};

/* Adds a phrase, with between before it unless it is the first. */
void sentence_add(struct sentence *s, const char *between,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A copy in a. */
const char *sentence_keep(const struct sentence *s, struct arena *a);
#endif
