/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netaddr - an IP address as MTAs write them, or a range of them
 *
 * Postfix writes "IPv6:::1" in smtpd and "::1" in cleanup of one session;
 * Sendmail writes "IPv6:0:0:0:0:0:0:0:1" (FACTS 21). Here all are the same.
 */
#ifndef POLICY_NAMES_NETADDR_H
#define POLICY_NAMES_NETADDR_H

#include <stdbool.h>

#include "policy/base/slice.h"

struct netaddr {
	unsigned char family;           /* 4 or 6; 0: none */
	unsigned char bytes[16];        /* network order; family 4 uses 4 */
};

/* Room for the text of an address, and of a range. */
enum { NETADDR_TEXT = 46, NETRANGE_TEXT = 50 };

struct netrange {
	struct netaddr base;            /* bits past length are zero */
	unsigned char length;           /* prefix bits, 0 to 32 or 128 */
};

/*
 * Whether s is an address: v4, v6, v6 with "IPv6:" before it in any case, or
 * any of them in square brackets. A v4-mapped v6 address becomes the v4 one.
 * *out is written only on true.
 */
bool netaddr_from(struct slice s, struct netaddr *out);
/* Whether s is an address or "ADDRESS/BITS"; bits past the prefix must be 0. */
bool netrange_from(struct slice s, struct netrange *out);
/* An address of family 0 is in no range. */
bool netrange_has(const struct netrange *range, const struct netaddr *a);
bool netrange_any(const struct netrange *ranges, size_t count,
    const struct netaddr *a);
/* Whether every address of inner is in outer. */
bool netrange_is_within(const struct netrange *inner,
    const struct netrange *outer);
/* Cuts range in two; false for a single address. */
bool netrange_halve(const struct netrange *range, struct netrange half[2]);
/* Whether each address of range is in one of ranges at least. */
bool netrange_is_covered(const struct netrange *range,
    const struct netrange *ranges, size_t count);
/* An address of family 0 equals none. */
bool netaddr_eq(const struct netaddr *a, const struct netaddr *b);
bool netaddr_is_loopback(const struct netaddr *a);
/* Writes the canonical text into out, of at least NETADDR_TEXT bytes;
 * "unknown" for family 0. Returns out. */
const char *netaddr_show(const struct netaddr *a, char *out, size_t size);
/* The same for a range, in NETRANGE_TEXT bytes: "192.0.2.0/24". */
const char *netrange_show(const struct netrange *r, char *out, size_t size);
#endif
