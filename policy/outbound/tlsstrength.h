/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsstrength - which of two TLS policies proves more
 *
 * Strength is ordered only in part: a pinned certificate and a list of names
 * are both more than `encrypt`, and neither is more than the other. Names are
 * compared as the names a certificate may be checked against; a name taken
 * from an unsigned MX answer (`hostname`) stands for any name.
 */
#ifndef POLICY_OUTBOUND_TLSSTRENGTH_H
#define POLICY_OUTBOUND_TLSSTRENGTH_H

#include "policy/outbound/tlspolicy.h"

/* Whether have proves at least all that want asks. */
bool tlsstrength_covers(const struct tlspolicy *have,
    const struct tlspolicy *want);

/*
 * What proves at least a and at least b. NULL when done, otherwise why no one
 * policy text says both. published: b is what the destination published, and
 * DANE asked by a rule stands above its names (RFC 8461 section 2).
 */
const char *tlsstrength_merge(const struct tlspolicy *a,
    const struct tlspolicy *b, bool published, struct tlspolicy *out);
#endif
