/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain - a mail domain as the one spelling that may be compared
 *
 * Lower-case A-labels without a trailing dot: RFC 5890 section 2.3.2.1,
 * IDNA2008 non-transitional with UTS 46 mapping. Postfix hands over raw UTF-8
 * and resolves it through UTS 46, so a name that is compared before this
 * conversion can be delivered past its row (FACTS 46).
 */
#ifndef POLICY_NAMES_DOMAIN_H
#define POLICY_NAMES_DOMAIN_H

#include <stdbool.h>

#include "policy/base/limits.h"
#include "policy/base/slice.h"

struct domain {
	unsigned char n;
	char text[LIMIT_DOMAIN + 1];    /* NUL behind n octets */
};

/*
 * Whether raw is a domain name; *out is its A-label form, written only then.
 * Any number of trailing dots is taken off (Sendmail shows "u@d.." as it is).
 *
 * Labels are 1 to 63 letters, digits, hyphens and underscores after the
 * conversion. A plain label may begin or end with a hyphen or have two of
 * them in the third and fourth place ("r3---sn-x" is a real host): each such
 * name has one spelling, DNS finds it, and Sendmail delivers to it; Postfix
 * refuses hyphens at the ends by itself. An "xn--" label that does not decode
 * and encode back, or that libidn2 disallows (an emoji), is no domain.
 * Nor is an empty label, or a name of digits and dots alone: Postfix refuses
 * both (FACTS 48), and an address has one spelling, the literal in brackets.
 * More than LIMIT_PATH octets of raw are not looked at.
 */
bool domain_from(struct slice raw, struct domain *out);
/* The same through libidn2 whatever raw looks like: what domain_from()'s
 * plain path is held against in the tests. */
bool domain_from_idna(struct slice raw, struct domain *out);

static inline struct slice
domain_slice(const struct domain *d)
{
	return (struct slice){ d->text, d->n };
}

/*
 * Whether name is covered by pattern: equal, or, when pattern begins with a
 * dot, a sub-domain of what follows it at any depth. Both normalised.
 */
bool domain_covers(struct slice pattern, struct slice name);
#endif
