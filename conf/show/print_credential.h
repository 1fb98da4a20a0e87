/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_credential - the last use of each credential of a row
 */
#ifndef CONF_SHOW_PRINT_CREDENTIAL_H
#define CONF_SHOW_PRINT_CREDENTIAL_H

#include <jansson.h>
#include <stdio.h>

#include "policy/base/text.h"
#include "policy/usage/credentials.h"

/* Returns new: a list, empty for NULL. totals are of the log that was read; now
 * is in seconds since 1970. */
json_t *print_credentials_json(const struct credentials *credentials,
    const struct usage_totals *totals, int64_t now);

/* Days until ends, rounded down, negative when it is over; null for 0. Returns
 * new. */
json_t *print_days_left(int64_t ends, int64_t now);
/* Adds "ends in 12 days" for such a value; nothing for null. */
void print_days_left_words(const json_t *days, struct text *out);

/* Prints each of such a list, in lines that begin with indent. */
void print_credentials(const json_t *list, const char *indent, FILE *out);
/* The same for those that are not in use, each with owner before it; NULL: it
 * is printed already, with how much mail the row had, so nothing is printed of
 * one without any. Returns how many. */
size_t print_credentials_idle(const json_t *list, const char *owner,
    const char *indent, FILE *out);
#endif
