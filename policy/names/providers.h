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

/* When the list was last compared with what providers document. */
#define PROVIDERS_DATE "2026-11-26"

/* The provider that name belongs to; NULL when it is no provider's. name is a
 * normalised host or ".suffix" of a rule. */
const char *providers_of(struct slice name);

/* The same for the subject of a certificate as an MTA reports it, in any
 * spelling: a common name, which may have a wildcard, or
 * "/O=Google LLC/CN=smtp.gmail.com". */
const char *providers_of_subject(struct slice subject);

/* The domains of the list, from i = 0; NULL after the last. */
const char *providers_domain(size_t i);
#endif
