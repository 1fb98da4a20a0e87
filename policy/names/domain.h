/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain - a mail domain in the one spelling that may be compared
 *
 * Lower-case A-labels without a trailing dot: RFC 5890 section 2.3.2.1,
 * IDNA2008 non-transitional with UTS 46 mapping. Postfix sends raw UTF-8 in
 * its macros and maps it by UTS 46 to resolve it. Mail for a name that was
 * compared without this conversion could escape its row (FACTS 46).
 */
#ifndef POLICY_NAMES_DOMAIN_H
#define POLICY_NAMES_DOMAIN_H

#include <stdbool.h>

#include "policy/base/limits.h"
#include "policy/base/slice.h"

struct domain {
	unsigned char n;
	char text[LIMIT_DOMAIN + 1];    /* n octets, then NUL */
};

/*
 * Whether raw is a domain name; *out is its A-label form, written only then.
 * Any number of trailing dots is taken off (Sendmail sends "u@d.." as it is).
 *
 * Labels are 1 to 63 letters, digits, hyphens and underscores after the
 * conversion. A plain label may begin or end with a hyphen or have two of
 * them in the third and fourth place ("r3---sn-x" is a real host): such a name
 * has one spelling, DNS finds it, and Sendmail delivers to it; Postfix itself
 * refuses hyphens at the ends. Refused are an "xn--" label that does not decode
 * and encode back or that libidn2 disallows (an emoji), an empty label, and a
 * name of digits and dots alone: Postfix refuses both of these (FACTS 48), and
 * an address has one spelling, the literal in brackets. So is a raw name of
 * more than LIMIT_PATH octets.
 */
bool domain_from(struct slice raw, struct domain *out);
/* The same, but libidn2 converts every label. The tests compare the fast path
 * of domain_from() with it. */
bool domain_from_idna(struct slice raw, struct domain *out);

static inline struct slice
domain_slice(const struct domain *d)
{
	return (struct slice){ d->text, d->n };
}

/* Octets of a name in U-labels: an octet of an A-label may become a character
 * of four. */
enum { DOMAIN_UNICODE = 4 * LIMIT_DOMAIN };

/* Writes name, which is normalised, with U-labels, without a NUL. Returns the
 * length; 0 when it has no A-label. */
size_t domain_unicode(struct slice name, char out[DOMAIN_UNICODE]);

/*
 * Whether pattern covers name: they are equal or, when pattern begins with a
 * dot, name is a sub-domain of it at any depth. Both are normalised.
 */
bool domain_covers(struct slice pattern, struct slice name);
#endif
