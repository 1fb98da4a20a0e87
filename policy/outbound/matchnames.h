/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * matchnames - names or digests that a next hop's certificate has to match
 *
 * As Postfix writes them after `match=`: "mx.bank.example" is that name,
 * ".bank.example" any name below, "nexthop" and "dot-nexthop" the same of the
 * next hop, "hostname" the host that DNS named; after `mx_host_pattern=` also
 * "*.bank.example", one label below. These texts are compared with each
 * other, never with a certificate. All slices borrow.
 */
#ifndef POLICY_OUTBOUND_MATCHNAMES_H
#define POLICY_OUTBOUND_MATCHNAMES_H

#include <stdbool.h>

#include "policy/base/slice.h"

enum { MATCHNAMES_MAX = 128 };      /* of one text; a dozen is usual */

struct matchnames {
	unsigned n;
	struct slice list[MATCHNAMES_MAX];
};

/* false when the list is full. */
bool matchnames_add(struct matchnames *names, struct slice token);

/* Whether token is one of Postfix's own words and not a name. */
bool matchname_is_word(struct slice token);
/* Whether token matches any name: the one of an unsigned DNS answer. */
bool matchname_is_any(struct slice token);
/* Whether outer matches every name that inner matches. host is the name that
 * "nexthop" means; absent: the word equals only itself. */
bool matchname_within(struct slice inner, struct slice outer,
    struct slice host);
/* Whether a and b are one digest: "sha256:", colons and case do not count. */
bool matchname_digest_eq(struct slice a, struct slice b);

/* Whether one of names matches any name. */
bool matchnames_has_any(const struct matchnames *names);
/* Whether each of inner, of which there is at least one, is within one of
 * outer. digests: they are digests, not names. */
bool matchnames_covered(const struct matchnames *inner,
    const struct matchnames *outer, struct slice host, bool digests);
/* Writes those within both to *out, which is neither a nor b. false when there
 * is none, or they do not fit. */
bool matchnames_common(const struct matchnames *a, const struct matchnames *b,
    struct slice host, bool digests, struct matchnames *out);
#endif
