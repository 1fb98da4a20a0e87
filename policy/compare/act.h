/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * act - one demand that mail is held to, and whether others make up for it
 *
 * A rule has an act for each demand that it makes of mail under a key.
 */
#ifndef POLICY_COMPARE_ACT_H
#define POLICY_COMPARE_ACT_H

#include <stdbool.h>

#include "policy/policy.h"

/* Borrows from the policy. */
struct act {
	const struct rule *rule;        /* NULL: unlisted_routes */
	struct slice partner;           /* the row's name */
	struct slice key;               /* the row's key */
	const struct demand *demand;    /* NULL: nothing passes */
	enum stage stage;
	bool kept;                      /* it is kept from before; see struct
	                                 * term */
	bool own;                       /* false: it is the act of another key,
	                                 * under which it is compared */
};

/* All acts of a policy under one key. */
struct acts {
	const struct policy *policy;
	struct act *list;               /* the most specific row first */
	size_t count;
};

/* Whether exceptions of the policy can apply to act: none does to "*". */
bool act_takes_exceptions(const struct policy *policy, const struct act *act);

/*
 * Whether mail that act, of the policy of, keeps back is kept back as well by
 * the acts by: at its stage or a higher one, for no fewer
 * clients, with no exception that act has not itself, and with none possible
 * that goes lower. Several may do so together. now is in seconds since 1970;
 * exceptions that have ended by then do not count.
 */
bool act_is_covered(const struct policy *of, const struct act *act,
    const struct acts *by, int64_t now);

/* Whether nothing is lost with act where by acts. The same, but for what
 * unlisted_routes does to a route that no row names: a row that names it, and
 * demands TLS, is what the setting is there for. */
bool act_is_kept(const struct policy *of, const struct act *act,
    const struct acts *by, int64_t now);

/* Adds the act for people to read: "verify names=a.example, reject (bank)". */
void act_add(const struct act *act, struct text *out);
#endif
