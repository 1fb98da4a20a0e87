/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <sys/socket.h>

#include "policy/names/netaddr.h"

/* In bits: an address of each family, and the prefix of a v4-mapped one. */
enum { BITS_4 = 32, BITS_6 = 128, MAPPED_BITS = 96 };

static const unsigned char mapped[MAPPED_BITS / 8] = { 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0xff, 0xff };

static bool
netaddr_is_mapped(const struct netaddr *a)
{
	return a->family == 6 && memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

static void
netaddr_unmap(struct netaddr *a)
{
	struct netaddr v4 = { .family = 4 };

	assert(netaddr_is_mapped(a));
	memcpy(v4.bytes, a->bytes + sizeof(mapped), 4);
	*a = v4;
}

/* As netaddr_from(), but a v4-mapped address stays v6. */
static bool
netaddr_parse(struct slice s, struct netaddr *out)
{
	struct netaddr a = { 0 };
	char text[INET6_ADDRSTRLEN];
	bool tagged, six;

	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = slice_head(slice_from(s, 1), s.n - 2);
	tagged = slice_istarts(s, SLICE("IPv6:"));
	if (tagged)
		s = slice_from(s, 5);
	if (s.n == 0 || s.n >= sizeof(text) || slice_find(s, '\0') < s.n)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	/* Every v6 address has a colon, and no v4 address. */
	six = tagged || slice_find(s, ':') < s.n;
	if (inet_pton(six ? AF_INET6 : AF_INET, text, a.bytes) != 1)
		return false;
	a.family = six ? 6 : 4;
	*out = a;
	return true;
}

bool
netaddr_from(struct slice s, struct netaddr *out)
{
	if (!netaddr_parse(s, out))
		return false;
	if (netaddr_is_mapped(out))
		netaddr_unmap(out);
	return true;
}

static unsigned
netaddr_bits_of(const struct netaddr *a)
{
	return a->family == 4 ? BITS_4 : BITS_6;
}

/* Whether the first length bits of a and b are the same. */
static bool
netaddr_is_same_prefix(const unsigned char *a, const unsigned char *b,
    unsigned length)
{
	unsigned whole = length / 8, rest = length % 8;

	assert(length <= BITS_6);
	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool
netaddr_is_zero_past(const struct netaddr *a, unsigned length)
{
	for (unsigned i = length; i < netaddr_bits_of(a); i++)
		if ((a->bytes[i / 8] >> (7 - i % 8)) & 1)
			return false;
	return true;
}

bool
netrange_from(struct slice s, struct netrange *out)
{
	size_t slash = slice_find(s, '/');
	struct netaddr base;
	long length;

	if (!netaddr_parse(slice_head(s, slash), &base))
		return false;
	length = (long)netaddr_bits_of(&base);
	if (slash < s.n &&
	    !slice_int(slice_from(s, slash + 1), 0, length, &length))
		return false;
	if (!netaddr_is_zero_past(&base, (unsigned)length))
		return false;
	if (netaddr_is_mapped(&base) && length >= MAPPED_BITS) {
		netaddr_unmap(&base);
		length -= MAPPED_BITS;
	}
	assert(length >= 0 && length <= (long)netaddr_bits_of(&base));
	*out = (struct netrange){ base, (unsigned char)length };
	return true;
}

bool
netrange_has(const struct netrange *range, const struct netaddr *a)
{
	return a->family != 0 && a->family == range->base.family &&
	    netaddr_is_same_prefix(range->base.bytes, a->bytes, range->length);
}

bool
netrange_any(const struct netrange *ranges, size_t count,
    const struct netaddr *a)
{
	for (size_t i = 0; i < count; i++)
		if (netrange_has(&ranges[i], a))
			return true;
	return false;
}

bool
netrange_is_within(const struct netrange *inner, const struct netrange *outer)
{
	return inner->length >= outer->length &&
	    netrange_has(outer, &inner->base);
}

bool
netrange_halve(const struct netrange *range, struct netrange half[2])
{
	unsigned bit = range->length;

	if (range->base.family == 0 || bit >= netaddr_bits_of(&range->base))
		return false;
	half[0] = *range;
	half[0].length++;
	half[1] = half[0];
	half[1].base.bytes[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
	return true;
}

/* Halves range until each half is within one of ranges, or none of them
 * reaches into it: at most once for each bit of an address. */
bool
netrange_is_covered(const struct netrange *range,
    const struct netrange *ranges, size_t count)
{
	struct netrange half[2];
	bool reached = false;

	for (size_t i = 0; i < count; i++) {
		if (netrange_is_within(range, &ranges[i]))
			return true;
		reached = reached || netrange_is_within(&ranges[i], range);
	}
	return reached && netrange_halve(range, half) &&
	    netrange_is_covered(&half[0], ranges, count) &&
	    netrange_is_covered(&half[1], ranges, count);
}

bool
netaddr_eq(const struct netaddr *a, const struct netaddr *b)
{
	return a->family != 0 && a->family == b->family &&
	    netaddr_is_same_prefix(a->bytes, b->bytes, netaddr_bits_of(a));
}

bool
netaddr_is_loopback(const struct netaddr *a)
{
	static const struct netaddr loopback = { 6, { [15] = 1 } };

	return (a->family == 4 && a->bytes[0] == 127) ||
	    netaddr_eq(a, &loopback);
}

const char *
netaddr_show(const struct netaddr *a, char *out, size_t size)
{
	int family = a->family == 4 ? AF_INET : AF_INET6;

	assert(size >= NETADDR_TEXT);
	if (a->family == 0 ||
	    inet_ntop(family, a->bytes, out, (socklen_t)size) == NULL)
		snprintf(out, size, "unknown");
	return out;
}

const char *
netrange_show(const struct netrange *r, char *out, size_t size)
{
	size_t n;

	assert(size >= NETRANGE_TEXT);
	netaddr_show(&r->base, out, size);
	n = strlen(out);
	if (r->base.family != 0 && r->length < netaddr_bits_of(&r->base))
		snprintf(out + n, size - n, "/%u", (unsigned)r->length);
	return out;
}
