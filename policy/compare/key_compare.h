/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key_compare - what two policies do otherwise for mail under one key
 *
 * Each of them is asked what acts under the key (key_acts.h), and whether all
 * of that acts under the other one as well.
 */
#ifndef POLICY_COMPARE_KEY_COMPARE_H
#define POLICY_COMPARE_KEY_COMPARE_H

#include <stdbool.h>

#include "policy/compare/key_acts.h"

struct key_compare;

/* Returns new, in a. Borrows both policies. now is in seconds since 1970. */
struct key_compare *key_compare_begin(const struct policy *old,
    const struct policy *new, int64_t now, struct arena *a);

/* Reads a key, which is normalised, and which it borrows until the next one. */
void key_compare_read(struct key_compare *c, struct slice key);

/* Whether mail may come under the key by way, on this hop, and is treated
 * otherwise than by name in one of the policies. */
bool key_compare_has_way(struct key_compare *c, enum hop hop,
    enum key_way way);

/* What is compared of mail under the key. */
struct key_change {
	bool less;                      /* the old policy asks what the new one
	                                 * does not */
	bool more;                      /* the other way round */
	bool loss;                      /* less, of what keeps mail back */
};

struct key_change key_compare_by(struct key_compare *c, enum hop hop,
    enum key_way way);

/* What acts in the old and in the new policy, as the last key_compare_by()
 * found it. Borrows until the next. */
const struct acts *key_compare_old(const struct key_compare *c);
const struct acts *key_compare_new(const struct key_compare *c);
#endif
