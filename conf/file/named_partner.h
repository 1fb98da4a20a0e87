/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * named_partner - the partner that a word of the command line means
 */
#ifndef CONF_FILE_NAMED_PARTNER_H
#define CONF_FILE_NAMED_PARTNER_H

#include "policy/policy.h"

struct named_partner {
	const struct partner *partner;  /* borrows from the policy */
	struct slice name;              /* of the partner, or the key of a table
	                                 * line; borrows from the policy */
	bool by_key;                    /* the word is a key of it */
};

/* Finds the partner of that name, in upper or lower case where that leaves one,
 * or else the one with that key. -1 with e
 * filled, with the nearest name or key, when there is none. */
int named_partner_find(const struct policy *policy, struct slice word,
    struct named_partner *out, struct err *e);
#endif
