/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_proposal - proposed rows as a text for the policy file
 */
#ifndef CONF_SERVICES_PRINT_PROPOSAL_H
#define CONF_SERVICES_PRINT_PROPOSAL_H

#include <stdio.h>

#include "policy/usage/proposal.h"

/* Prints `services` with the rows, and in comments what they rest on; left is
 * how many applications are in none of them, now in seconds since 1970. */
void print_proposals(const struct policy *policy,
    const struct proposal *list, size_t count, size_t left, int64_t now,
    FILE *out);
#endif
