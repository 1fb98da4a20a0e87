/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * partner_use - the credentials of partners' rules, by the decision log
 *
 * Of the rules on who brings mail, inbound and entry.
 */
#ifndef POLICY_USAGE_PARTNER_USE_H
#define POLICY_USAGE_PARTNER_USE_H

#include "policy/usage/credentials.h"

struct partner_use;

/* Returns new, for partner_use_destroy(). now is in seconds since 1970. hashed
 * has the key of records with codes; NULL: it is not known. Borrows it. */
struct partner_use *partner_use_create(int64_t now,
    const struct shortening *hashed);
void partner_use_destroy(struct partner_use **use);

/* Adds a partner, by its name or the key of its row. Borrows both. */
void partner_use_add(struct partner_use *use, const struct partner *partner,
    struct slice name);
/* Whether none that was added lists a credential. */
bool partner_use_is_empty(const struct partner_use *use);

/* Counts a recipient; a usage_fn for a struct partner_use. */
void partner_use_take(const struct usage_recipient *recipient, void *use);

/* NULL when the rule lists none, or was not added. */
const struct credentials *partner_use_of(const struct partner_use *use,
    struct slice name, enum hop hop);
#endif
