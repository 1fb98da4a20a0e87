/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <limits.h>
#include <stdio.h>

#include "policy/judge/seal.h"

size_t
seal_number(unsigned long number, char out[SEAL_NUMBER])
{
	return (size_t)snprintf(out, SEAL_NUMBER, ",\"key\":%lu", number);
}

size_t
seal_mac(const char *mac, char out[SEAL_MAC])
{
	return (size_t)snprintf(out, SEAL_MAC, ",\"mac\":\"%.64s\"", mac);
}

static bool
seal_is_hex(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') ||
		    (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.n == SEAL_HEX;
}

/* Cuts ,"NAME":"DIGITS" off the end of text. */
static bool
seal_cut_hex(struct slice *text, struct slice name, struct slice *digits)
{
	size_t n = name.n + SEAL_HEX + 1;
	struct slice end;

	if (text->n < n || !slice_ends(*text, SLICE("\"")))
		return false;
	end = slice_from(*text, text->n - n);
	*digits = slice_head(slice_from(end, name.n), SEAL_HEX);
	if (!slice_starts(end, name) || !seal_is_hex(*digits))
		return false;
	*text = slice_head(*text, text->n - n);
	return true;
}

static bool
seal_cut_prev(struct slice *text, struct slice *prev)
{
	static const struct slice none = SLICE(",\"prev\":null");

	if (!slice_ends(*text, none))
		return seal_cut_hex(text, SLICE(",\"prev\":\""), prev);
	*text = slice_head(*text, text->n - none.n);
	*prev = SLICE("null");
	return true;
}

/* The number at the end of a text that ends with ,"key":NUMBER. */
static bool
seal_read_number(struct slice text, unsigned long *out)
{
	size_t at = slice_rfind(text, ':');
	long number;

	if (at == text.n || !slice_ends(slice_head(text, at + 1),
	    SLICE(",\"key\":")) ||
	    !slice_int(slice_from(text, at + 1), 1, LONG_MAX, &number))
		return false;
	*out = (unsigned long)number;
	return true;
}

bool
seal_read(struct slice line, struct seal *out)
{
	struct slice text = line;

	*out = (struct seal){ .key = 0 };
	if (!slice_ends(text, SLICE("}")))
		return false;
	text = slice_head(text, text.n - 1);
	if (!seal_cut_prev(&text, &out->prev))
		return false;
	if (!seal_cut_hex(&text, SLICE(",\"mac\":\""), &out->mac)) {
		out->mac = SLICE_NONE;
		return true;
	}
	out->covered = text;
	return seal_read_number(text, &out->key);
}
