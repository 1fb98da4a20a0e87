/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsontext - JSON as this project reads and writes it
 *
 * The one writer of what a command answers, of control frames and of the
 * history. The decision log has a faster one of its own (policy/judge/record).
 */
#ifndef POLICY_BASE_JSONTEXT_H
#define POLICY_BASE_JSONTEXT_H

#include <jansson.h>
#include <stdint.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"

enum jsontext_layout {
	JSONTEXT_LINE,                  /* all on one line */
	JSONTEXT_PAGE                   /* a member a line, indented */
};

/* ASCII, members in the order they were set, without a newline behind. Returns
 * new, for free(3); NULL when value is NULL. */
char *jsontext_dump(const json_t *value, enum jsontext_layout layout);

/* A value for a text that may hold any bytes, escaped as for a log; null for
 * an absent one. */
json_t *jsontext_shown(struct slice text);
/* A value for text as it is; null for an absent one. What is not UTF-8 is
 * escaped as for a log. */
json_t *jsontext_exact(struct slice text);
/* A count; JSON has no unsigned numbers. */
json_t *jsontext_count(uint64_t count);

/* The text of a member; absent when there is none, or it is no string. Borrows
 * from object, with a NUL behind it. */
struct slice jsontext_at(const json_t *object, const char *key);
/* The number of a member; 0 when there is none, or it is no integer. */
int64_t jsontext_number(const json_t *object, const char *key);
/* The same text, copied into a. */
struct slice jsontext_copy(const json_t *object, const char *key,
    struct arena *a);
#endif
