/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/judge/quoted.h"

/* The longest escape. */
enum { ESCAPE = 12 };

static char
quoted_hex(unsigned digit)
{
	return "0123456789abcdef"[digit & 15];
}

static void
quoted_put_u(struct text *t, unsigned unit)
{
	text_slice(t, SLICE("\\u"));
	text_byte(t, quoted_hex(unit >> 12));
	text_byte(t, quoted_hex(unit >> 8));
	text_byte(t, quoted_hex(unit >> 4));
	text_byte(t, quoted_hex(unit));
}

/*
 * Writes the code point at the start of s to *out. Returns how many bytes it
 * takes; 0 when they are not UTF-8 (overlong forms, surrogates and values past
 * U+10FFFF are not). The first byte is not ASCII.
 */
static size_t
quoted_code_point(struct slice s, unsigned *out)
{
	static const struct {
		unsigned char mask, head;
		unsigned least;
	} shapes[] = { { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 } };

	for (size_t k = 0; k < 3; k++) {
		unsigned char first = (unsigned char)s.p[0];
		unsigned point;

		if ((first & shapes[k].mask) != shapes[k].head || s.n < k + 2)
			continue;
		point = first & (unsigned char)~shapes[k].mask;
		for (size_t i = 1; i < k + 2; i++) {
			unsigned char c = (unsigned char)s.p[i];

			if ((c & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (c & 0x3f);
		}
		if (point < shapes[k].least || point > 0x10ffff ||
		    (point >= 0xd800 && point <= 0xdfff))
			return 0;
		*out = point;
		return k + 2;
	}
	return 0;
}

/* A byte that is not UTF-8, as the text \xHH. */
static void
quoted_put_octet(struct text *t, unsigned char c)
{
	text_slice(t, SLICE("\\\\x"));
	text_byte(t, quoted_hex(c >> 4));
	text_byte(t, quoted_hex(c));
}

/* Writes the character at the start of s; returns how many bytes it takes. */
static size_t
quoted_put_character(struct text *t, struct slice s)
{
	unsigned char c = (unsigned char)s.p[0];
	unsigned point;
	size_t n;

	if (c == '"' || c == '\\') {
		text_byte(t, '\\');
		text_byte(t, (char)c);
		return 1;
	}
	if (c >= 0x20 && c < 0x7f) {
		text_byte(t, (char)c);
		return 1;
	}
	/* Readers of JSON may refuse a whole record for one \u0000. */
	if (c == 0) {
		quoted_put_octet(t, c);
		return 1;
	}
	if (c < 0x80) {
		quoted_put_u(t, c);
		return 1;
	}
	n = quoted_code_point(s, &point);
	if (n == 0) {
		quoted_put_octet(t, c);
		return 1;
	}
	if (point >= 0x10000) {
		point -= 0x10000;
		quoted_put_u(t, 0xd800 + (point >> 10));
		quoted_put_u(t, 0xdc00 + (point & 0x3ff));
	} else
		quoted_put_u(t, point);
	return n;
}

/* How many characters at the start of s need no escape in JSON. */
static size_t
quoted_plain_run(struct slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f && s.p[n] != '"' &&
	    s.p[n] != '\\')
		n++;
	return n;
}

void
quoted_put(struct text *t, struct slice s)
{
	size_t limit = text_length(t) + QUOTED_VALUE;

	text_byte(t, '"');
	while (s.n > 0) {
		size_t n = text_length(t), run;

		if (n + ESCAPE > limit) {
			text_slice(t, SLICE("..."));
			break;
		}
		run = quoted_plain_run(slice_head(s,
		    limit - ESCAPE - n + 1));
		if (run > 0)
			text_slice(t, slice_head(s, run));
		else
			run = quoted_put_character(t, s);
		s = slice_from(s, run);
	}
	text_byte(t, '"');
}
