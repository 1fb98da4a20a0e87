/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsstrength - compares two TLS policies by what they prove
 *
 * Strength is ordered only in part: a pinned certificate and a list of names
 * are both stronger than `encrypt`, and neither is stronger than the other. A
 * name from an unsigned MX answer (`hostname`) counts as any name.
 */
#ifndef POLICY_OUTBOUND_TLSSTRENGTH_H
#define POLICY_OUTBOUND_TLSSTRENGTH_H

#include "policy/outbound/tlspolicy.h"

/* Whether have proves at least everything that want demands. */
bool tlsstrength_covers(const struct tlspolicy *have,
    const struct tlspolicy *want);

/*
 * Writes the policy that proves both a and b to *out, a third struct that
 * borrows what a and b borrow. Returns NULL, or why no policy text can express
 * both (a static text); then *out is not to be used. published: b is the
 * destination's MTA-STS policy, and DANE demanded by a rule takes precedence
 * over its names (RFC 8461 section 2).
 */
const char *tlsstrength_merge(const struct tlspolicy *a,
    const struct tlspolicy *b, bool published, struct tlspolicy *out);
#endif
