/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <idn2.h>

#include "policy/domain.h"

/* The octet as it stands in a normalised name; 0 when it cannot. */
static char
plain(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '.' || c == '_')
		return c;
	return '\0';
}

static bool
is_alabel(struct slice label)
{
	return slice_istarts(label, SLICE("xn--"));
}

/* Whether libidn2 has anything to say about raw. */
static bool
needs_conversion(struct slice raw)
{
	for (size_t i = 0; i < raw.n; i++) {
		if ((unsigned char)raw.p[i] >= 0x80)
			return true;
		if ((i == 0 || raw.p[i - 1] == '.') &&
		    is_alabel(slice_from(raw, i)))
			return true;
	}
	return false;
}

static struct slice
without_trailing_dots(struct slice s)
{
	while (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

static bool
is_name(struct slice s)
{
	size_t label = 0;
	bool numeric = true;

	if (s.n == 0 || s.n > LIMIT_DOMAIN)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (plain(s.p[i]) == '\0')
			return false;
		if (s.p[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (++label > LIMIT_LABEL)
			return false;
		if (s.p[i] < '0' || s.p[i] > '9')
			numeric = false;
	}
	return !numeric;
}

/* The one place where a name is accepted. */
static bool
accept_name(struct slice s, struct domain *out)
{
	s = without_trailing_dots(s);
	if (!is_name(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		out->text[i] = plain(s.p[i]);
	out->text[s.n] = '\0';
	out->n = (unsigned char)s.n;
	return true;
}

bool
domain_from(struct slice raw, struct domain *out)
{
	if (raw.p == NULL)
		return false;
	if (needs_conversion(raw))
		return domain_from_idna(raw, out);
	return accept_name(raw, out);
}

/* What has been converted so far; more than any name may have. */
struct joined {
	size_t n;
	char text[2 * LIMIT_PATH];
};

static bool
join(struct joined *j, struct slice s)
{
	if (s.n > sizeof(j->text) - j->n)
		return false;
	if (s.n > 0)
		memcpy(j->text + j->n, s.p, s.n);
	j->n += s.n;
	return true;
}

/* IDNA forbids them, DNS and both MTAs do not. */
static bool
is_hyphens_only(int rc, struct slice label)
{
	if (rc != IDN2_2HYPHEN && rc != IDN2_HYPHEN_STARTEND)
		return false;
	for (size_t i = 0; i < label.n; i++)
		if ((unsigned char)label.p[i] >= 0x80)
			return false;
	return !is_alabel(label);
}

static bool
join_label(struct joined *j, struct slice label)
{
	uint8_t text[LIMIT_PATH + 1], *found = NULL;
	bool joined;
	int rc;

	if (label.n == 0)
		return true;
	memcpy(text, label.p, label.n);
	text[label.n] = '\0';
	rc = idn2_lookup_u8(text, &found,
	    IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	if (is_hyphens_only(rc, label))
		return join(j, label);
	if (rc != IDN2_OK)
		return false;
	joined = join(j, slice_of((const char *)found));
	idn2_free(found);
	return joined;
}

static bool
has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

/*
 * Label by label, because libidn2 refuses a whole name for the hyphens of one
 * plain label. Other dots than ASCII's become dots inside it.
 */
bool
domain_from_idna(struct slice raw, struct domain *out)
{
	struct joined j = { 0 };
	struct slice rest, label;

	if (raw.p == NULL || raw.n > LIMIT_PATH || has_control(raw))
		return false;
	rest = without_trailing_dots(raw);
	while (slice_next(&rest, '.', &label)) {
		if (j.n > 0 && !join(&j, SLICE(".")))
			return false;
		if (label.n == 0 || !join_label(&j, label))
			return false;
	}
	return accept_name((struct slice){ j.text, j.n }, out);
}

bool
domain_covers(struct slice pattern, struct slice name)
{
	if (pattern.n < 2 || pattern.p[0] != '.')
		return pattern.n > 0 && slice_eq(pattern, name);
	return name.n > pattern.n && slice_ends(name, pattern);
}
