/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_json - the answer of a command as JSON, and its usual members
 */
#ifndef CONF_SHOW_PRINT_JSON_H
#define CONF_SHOW_PRINT_JSON_H

#include <stdio.h>

#include "policy/base/jsontext.h"
#include "policy/table/partner.h"

/* Prints value with a newline behind. */
void print_json(const json_t *value, enum jsontext_layout layout, FILE *out);

/* The text of a member, escaped for people and cut to size; "-" for none.
 * Returns out. */
const char *print_member(const json_t *object, const char *key, char *out,
    size_t size);

/* "bank.conf:14", or "-". Returns out. */
const char *print_place(struct place place, char *out, size_t size);
/* The same as a value; null for none. */
json_t *print_place_json(struct place place);
/* "2026-03-31T18:00:00Z"; null for 0. */
json_t *print_time_json(int64_t seconds);
#endif
