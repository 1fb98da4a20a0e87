/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * providers - host names that prove a mail provider, not its customer
 *
 * All customers of such a provider send from hosts with its names, so a rule
 * that names one is met by mail of any of them.
 */
#ifndef POLICY_NAMES_PROVIDERS_H
#define POLICY_NAMES_PROVIDERS_H

#include "policy/base/slice.h"

/* The provider that a name of a rule, normalised, ".suffix" or host, belongs
 * to; NULL when it is no provider's. */
const char *providers_of(struct slice name);
#endif
