/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_json - what the answers of all commands have in common
 */
#ifndef CONF_SHOW_PRINT_JSON_H
#define CONF_SHOW_PRINT_JSON_H

#include <stdio.h>

#include "policy/base/jsontext.h"
#include "policy/table/partner.h"

/* Prints value and a newline, what a terminal obeys escaped: who reads the JSON
 * may print its strings. */
void print_json(const json_t *value, enum jsontext_layout layout, FILE *out);

/* The text of a member, escaped and cut to size octets, into out; "-" for an
 * absent one. Returns out. */
const char *show_member(const json_t *object, const char *key, char *out,
    size_t size);

/* "bank.conf:14" into out, cut to size octets; "-" for no place. Returns out.
 */
const char *show_place(struct place place, char *out, size_t size);
/* The same as a value; null for no place. Returns new. */
json_t *place_to_json(struct place place);
/* "2026-03-31T18:00:00Z" for seconds since 1970; null for 0. Returns new. */
json_t *time_to_json(int64_t seconds);
#endif
