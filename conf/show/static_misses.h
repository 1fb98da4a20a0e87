/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * static_misses - the next hops of a row that a static map has no key for
 *
 * The map answers them by the row of their host. A file cannot have a key for
 * every host below a suffix in brackets, or for every port.
 */
#ifndef CONF_SHOW_STATIC_MISSES_H
#define CONF_SHOW_STATIC_MISSES_H

#include <stdio.h>

#include <jansson.h>

#include "policy/policy.h"

/* Returns new: the first rows of the policy that there are such next hops for,
 * each with their forms, and how many more there are. */
json_t *static_misses_json(const struct policy *policy);

/* Prints what static_misses_json() returned; nothing if no row is in it. */
void static_misses_print(const json_t *misses, FILE *out);
#endif
