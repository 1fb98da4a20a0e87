/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/base/slice.h"

struct slice
slice_of(const char *text)
{
	if (text == NULL)
		return SLICE_NONE;
	return (struct slice){ text, strlen(text) };
}

struct slice
slice_from(struct slice s, size_t offset)
{
	if (s.p == NULL)
		return s;
	if (offset > s.n)
		offset = s.n;
	return (struct slice){ s.p + offset, s.n - offset };
}

struct slice
slice_head(struct slice s, size_t length)
{
	if (length < s.n)
		s.n = length;
	return s;
}

static bool
slice_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
slice_trim(struct slice s)
{
	while (s.n > 0 && slice_is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && slice_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
slice_eq(struct slice a, struct slice b)
{
	if (a.p == NULL || b.p == NULL || a.n != b.n)
		return false;
	return a.n == 0 || memcmp(a.p, b.p, a.n) == 0;
}

static unsigned char
slice_lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned char)(c - 'A' + 'a');
	return (unsigned char)c;
}

int
slice_compare(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (order != 0 || a.n == b.n)
		return order;
	return a.n < b.n ? -1 : 1;
}

bool
slice_ieq(struct slice a, struct slice b)
{
	if (a.p == NULL || b.p == NULL || a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (slice_lower(a.p[i]) != slice_lower(b.p[i]))
			return false;
	return true;
}

bool
slice_starts(struct slice s, struct slice prefix)
{
	return slice_eq(slice_head(s, prefix.n), prefix);
}

bool
slice_istarts(struct slice s, struct slice prefix)
{
	return slice_ieq(slice_head(s, prefix.n), prefix);
}

bool
slice_ends(struct slice s, struct slice suffix)
{
	if (suffix.n > s.n)
		return false;
	return slice_eq(slice_from(s, s.n - suffix.n), suffix);
}

size_t
slice_find(struct slice s, char c)
{
	const char *at = s.n == 0 ? NULL : memchr(s.p, c, s.n);

	return at == NULL ? s.n : (size_t)(at - s.p);
}

size_t
slice_rfind(struct slice s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.n;
}

bool
slice_next(struct slice *rest, char separator, struct slice *word)
{
	size_t at;

	if (rest->p == NULL)
		return false;
	at = slice_find(*rest, separator);
	*word = slice_head(*rest, at);
	*rest = at == rest->n ? SLICE_NONE : slice_from(*rest, at + 1);
	return true;
}

bool
slice_int(struct slice s, long low, long high, long *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	size_t i = negative ? 1 : 0;
	long value = 0;

	assert(low <= high);
	/* Any 18 digits fit a 64-bit long. */
	if (i == s.n || s.n - i > 18)
		return false;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		value = value * 10 + (s.p[i] - '0');
	}
	if (negative)
		value = -value;
	if (value < low || value > high)
		return false;
	*out = value;
	return true;
}

uint64_t
slice_hash(struct slice s)
{
	/* The golden ratio's bits: odd, and without a pattern. */
	return slice_hash_on(0, UINT64_C(0x9e3779b97f4a7c15), s);
}

/* Writes c, as \xHH unless it is printable ASCII and not in also; returns how
 * many characters it took. */
static size_t
slice_show_byte(unsigned char c, const char *also, char out[4])
{
	static const char hex[] = "0123456789ABCDEF";

	if (c >= 0x20 && c <= 0x7e && strchr(also, c) == NULL) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
	return 4;
}

static size_t
slice_show_with(struct slice s, const char *also, char *out, size_t size)
{
	size_t n = 0, room = size - 1;
	size_t cut = 0;                 /* the last place where "..." fits */

	assert(size >= 8);
	if (s.p == NULL)
		s = SLICE("-");
	for (size_t i = 0; i < s.n; i++) {
		char shown[4];
		size_t length = slice_show_byte((unsigned char)s.p[i], also,
		    shown);

		if (n + length > room) {
			memcpy(out + cut, "...", 3);
			n = cut + 3;
			break;
		}
		memcpy(out + n, shown, length);
		n += length;
		if (n + 3 <= room)
			cut = n;
	}
	out[n] = '\0';
	return n;
}

size_t
slice_show(struct slice s, char *out, size_t size)
{
	return slice_show_with(s, "\"\\", out, size);
}

size_t
slice_show_line(struct slice s, char *out, size_t size)
{
	return slice_show_with(s, "", out, size);
}
