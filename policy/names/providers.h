/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * providers - host names that many customers of a mail provider share
 *
 * All customers of a provider send from hosts with its names, so mail of any
 * of them passes a rule that asks for such a name.
 */
#ifndef POLICY_NAMES_PROVIDERS_H
#define POLICY_NAMES_PROVIDERS_H

#include "policy/base/slice.h"

/* The provider that name belongs to; NULL when it is no provider's. name is a
 * normalised host or ".suffix" of a rule. */
const char *providers_of(struct slice name);
#endif
