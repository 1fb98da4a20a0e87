/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * partner_names - the partners of a table by their names
 */
#ifndef POLICY_COMPARE_PARTNER_NAMES_H
#define POLICY_COMPARE_PARTNER_NAMES_H

#include "policy/table/table.h"

struct partner_names;

/* Returns new, in a. Borrows table. */
const struct partner_names *partner_names_index(const struct table *table,
    struct arena *a);
/* The partner called name; NULL when there is none. */
const struct partner *partner_names_find(const struct partner_names *names,
    struct slice name);
/* The rule for a hop of the partner called name or, where a line of the table
 * names a profile, of the row with this key; NULL when there is none. */
const struct rule *partner_names_rule(const struct partner_names *names,
    struct slice name, enum hop hop);
#endif
