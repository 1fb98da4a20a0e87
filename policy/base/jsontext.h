/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsontext - JSON as this project reads and writes it
 *
 * It writes the output of commands, control frames and the history. The
 * decision log has a faster writer of its own (policy/judge/record).
 */
#ifndef POLICY_BASE_JSONTEXT_H
#define POLICY_BASE_JSONTEXT_H

#include <jansson.h>
#include <stdint.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"

enum jsontext_layout {
	JSONTEXT_LINE,                  /* all on one line */
	JSONTEXT_PAGE                   /* one member a line, indented */
};

/* ASCII, members in the order they were set, without a newline at the end.
 * Returns new, for free(3); NULL when value is NULL. */
char *jsontext_dump(const json_t *value, enum jsontext_layout layout);

/* Returns new, for json_decref(): text with any bytes, escaped as for a log;
 * null for an absent one. */
json_t *jsontext_shown(struct slice text);
/* Returns new, for json_decref(): text unchanged, or escaped as for a log
 * when it is not UTF-8; null for an absent one. */
json_t *jsontext_exact(struct slice text);
/* Returns new, for json_decref(): a copy of value, with each control character
 * of its strings, of the text's direction too, escaped as for a log. */
json_t *jsontext_clean(const json_t *value);
/* Returns new, for json_decref(). Jansson's integers are signed: a count past
 * INT64_MAX becomes INT64_MAX. */
json_t *jsontext_count(uint64_t count);

/* The string value of a member; absent when the member is missing or no
 * string. It ends with a NUL. Borrows from object. */
struct slice jsontext_at(const json_t *object, const char *key);
/* The integer value of a member; 0 when it is missing or no integer. */
int64_t jsontext_number(const json_t *object, const char *key);
/* As jsontext_at(), copied into a. */
struct slice jsontext_copy(const json_t *object, const char *key,
    struct arena *a);
#endif
