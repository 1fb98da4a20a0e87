/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_credential - the last use of each credential of a row
 */
#ifndef CONF_SHOW_PRINT_CREDENTIAL_H
#define CONF_SHOW_PRINT_CREDENTIAL_H

#include <jansson.h>
#include <stdio.h>

#include "policy/usage/credentials.h"

/* Returns new: a list, empty for NULL. totals are of the log that was read. */
json_t *print_credentials_json(const struct credentials *credentials,
    const struct usage_totals *totals);

/* Prints each of such a list, in lines that begin with indent. */
void print_credentials(const json_t *list, const char *indent, FILE *out);
/* The same for those that are not in use, each with owner before it; NULL: it
 * is printed already, with how much mail the row had, so nothing is printed of
 * one without any. Returns how many. */
size_t print_credentials_idle(const json_t *list, const char *owner,
    const char *indent, FILE *out);
#endif
