/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_policy - a policy as it was read, for people or as JSON
 */
#ifndef CONF_SHOW_PRINT_POLICY_H
#define CONF_SHOW_PRINT_POLICY_H

#include <stdio.h>

#include <jansson.h>

#include "policy/policy.h"

/* Prints the mode, the settings that differ from their defaults, then every
 * partner with its keys and rules. */
void print_policy(const struct policy *policy, FILE *out);
/* The mode, all settings and the partners, as members of an object. Returns
 * new. */
json_t *print_policy_json(const struct policy *policy);
#endif
