/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/evidence/fact.h"

static int
fact_upper_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
fact_decode_xtext(struct slice s, struct arena *a, struct slice *out)
{
	char *text = arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (s.p == NULL)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '+') {
			if (s.p[i] < 0x21 || s.p[i] > 0x7e)
				return false;
			text[n++] = s.p[i];
			continue;
		}
		high = i + 1 < s.n ? fact_upper_hex(s.p[i + 1]) : -1;
		low = i + 2 < s.n ? fact_upper_hex(s.p[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return false;
		text[n++] = (char)(high << 4 | low);
		i += 2;
	}
	assert(n <= s.n);
	*out = (struct slice){ text, n };
	return true;
}

static bool
fact_has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

struct fact
fact_from_text(struct slice text)
{
	if (text.p == NULL)
		return fact_without_text(PROOF_UNKNOWN);
	if (text.n == 0 || fact_has_control(text))
		return fact_without_text(PROOF_ABSENT);
	return (struct fact){ PROOF_PRESENT, text };
}

struct fact
fact_from_xtext(struct slice raw, struct arena *a)
{
	struct slice text;

	if (raw.p == NULL)
		return fact_without_text(PROOF_UNKNOWN);
	if (!fact_decode_xtext(raw, a, &text))
		return fact_without_text(PROOF_ABSENT);
	return fact_from_text(text);
}

/* Adds "30:F5:..." as lower-case hex; false for any other text. */
static bool
fact_add_hex(struct slice raw, char *out, size_t *n)
{
	for (size_t i = 0; i < raw.n; i += 3) {
		if (i + 2 > raw.n || (i + 2 < raw.n && raw.p[i + 2] != ':') ||
		    i + 3 == raw.n)
			return false;
		for (size_t k = i; k < i + 2; k++) {
			int digit = fact_upper_hex(raw.p[k]);

			if (digit < 0)
				return false;
			out[(*n)++] = "0123456789abcdef"[digit];
		}
	}
	return true;
}

struct fact
fact_from_digest(struct slice raw, struct arena *a)
{
	static const struct {
		size_t n;
		const char *name;
	} digests[] = { { 47, "md5:" }, { 59, "sha1:" }, { 95, "sha256:" },
		{ 143, "sha384:" }, { 191, "sha512:" } };

	if (raw.p == NULL)
		return fact_without_text(PROOF_UNKNOWN);
	for (size_t i = 0; i < COUNT_OF(digests); i++) {
		size_t n = strlen(digests[i].name);
		char *text;

		if (digests[i].n != raw.n)
			continue;
		text = arena_alloc(a, n + raw.n);
		memcpy(text, digests[i].name, n);
		if (fact_add_hex(raw, text, &n))
			return (struct fact){ PROOF_PRESENT, { text, n } };
	}
	return fact_without_text(PROOF_ABSENT);
}
