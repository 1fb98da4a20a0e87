/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netaddr - an IP address as MTAs write them, or a range of them
 *
 * Postfix writes "IPv6:::1" in smtpd and "::1" in cleanup of one session;
 * Sendmail "IPv6:0:0:0:0:0:0:0:1" (FACTS 21). All are one.
 */
#ifndef POLICY_NAMES_NETADDR_H
#define POLICY_NAMES_NETADDR_H

#include <stdbool.h>

#include "policy/base/slice.h"

struct netaddr {
	unsigned char family;           /* 0 none, 4 or 6 */
	unsigned char bytes[16];        /* network order; 4 used for family 4 */
};

struct netrange {
	struct netaddr base;            /* bits past length are zero */
	unsigned char length;           /* prefix bits, 0 to 32 or 128 */
};

/*
 * Whether s is an address: v4, v6, v6 with "IPv6:" before it in any case, or
 * either in square brackets. A v4-mapped v6 address becomes the v4 one.
 */
bool netaddr_from(struct slice s, struct netaddr *out);
/* Whether s is an address or "ADDRESS/BITS"; bits past the prefix must be 0. */
bool netrange_from(struct slice s, struct netrange *out);
/* family 0 is in no range. */
bool netrange_has(const struct netrange *range, const struct netaddr *a);
bool netrange_any(const struct netrange *ranges, size_t count,
    const struct netaddr *a);
bool netaddr_eq(const struct netaddr *a, const struct netaddr *b);
bool netaddr_is_loopback(const struct netaddr *a);
/* Writes the canonical text; size is at least 46. Returns out. */
const char *netaddr_show(const struct netaddr *a, char *out, size_t size);
const char *netrange_show(const struct netrange *r, char *out, size_t size);
#endif
