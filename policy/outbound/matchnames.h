/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * matchnames - the names and digests a next hop's certificate may be held to
 *
 * As Postfix writes them behind `match=`: "mx.bank.example" exactly,
 * ".bank.example" any name below, "nexthop", "dot-nexthop" for the next hop's
 * own, "hostname" for whatever host DNS named; behind `mx_host_pattern=` also
 * "*.bank.example", one label below. What is compared is the name a
 * certificate is checked against, not the certificates that would match it.
 */
#ifndef POLICY_OUTBOUND_MATCHNAMES_H
#define POLICY_OUTBOUND_MATCHNAMES_H

#include <stdbool.h>

#include "policy/base/slice.h"

enum { MATCHNAMES_MAX = 128 };      /* one text's; real ones have a dozen */

struct matchnames {
	unsigned n;
	struct slice list[MATCHNAMES_MAX];
};

/* false when the list is full. */
bool matchnames_add(struct matchnames *names, struct slice token);

/* Whether token is one of Postfix's own words and not a name. */
bool matchname_is_word(struct slice token);
/* Whether token stands for any name: one from an unsigned DNS answer. */
bool matchname_is_any(struct slice token);
/* Whether every name inner stands for is one outer stands for. host is what
 * "nexthop" means; absent: the word equals only itself. */
bool matchname_within(struct slice inner, struct slice outer,
    struct slice host);
/* Whether a and b are one digest: "sha256:" and colons aside, any case. */
bool matchname_digest_eq(struct slice a, struct slice b);

bool matchnames_has_any(const struct matchnames *names);
/* Whether each of inner is within one of outer. */
bool matchnames_covered(const struct matchnames *inner,
    const struct matchnames *outer, struct slice host, bool digests);
/* Writes what is within both; false when nothing is, or it does not fit. */
bool matchnames_common(const struct matchnames *a, const struct matchnames *b,
    struct slice host, bool digests, struct matchnames *out);
#endif
