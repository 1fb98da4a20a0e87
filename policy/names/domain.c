/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <idn2.h>

#include "policy/names/domain.h"

/* ASCII as it stands in a normalised name; NUL where it cannot. */
static const char plain[128] =
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0-.\0"
    "0123456789\0\0\0\0\0\0"
    "\0abcdefghijklmno"
    "pqrstuvwxyz\0\0\0\0_"
    "\0abcdefghijklmno"
    "pqrstuvwxyz\0\0\0\0";

static bool
domain_is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static bool
domain_is_alabel(struct slice label)
{
	return slice_istarts(label, SLICE("xn--"));
}

static struct slice
domain_without_trailing_dots(struct slice s)
{
	while (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

enum answer { NO, YES, CONVERT };

/*
 * The one place where a name is accepted: s without trailing dots, lower-cased
 * into text. CONVERT when libidn2 has to see it first.
 */
static enum answer
domain_take(struct slice s, bool converted, char text[LIMIT_DOMAIN + 1])
{
	bool numeric = true;
	size_t label = 0;               /* where it begins */

	if (s.n == 0 || s.n > LIMIT_DOMAIN)
		return domain_is_ascii(s) ? NO : CONVERT;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= sizeof(plain))
			return CONVERT;
		text[i] = plain[c];
		if (text[i] == '\0')
			return NO;
		if (text[i] == '.') {
			if (i == label || i - label > LIMIT_LABEL)
				return NO;
			label = i + 1;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			numeric = false;
		if (i == label && text[i] == 'x' && !converted &&
		    domain_is_alabel(slice_from(s, i)))
			return CONVERT;
	}
	text[s.n] = '\0';
	return numeric || s.n - label > LIMIT_LABEL ? NO : YES;
}

static void
domain_set(struct domain *out, const char *text, size_t n)
{
	out->n = (unsigned char)n;
	memcpy(out->text, text, n + 1);
}

/* What has been converted so far; more than any name may have. */
struct joined {
	size_t n;
	char text[2 * LIMIT_DOMAIN];
};

static bool
domain_join(struct joined *j, struct slice s)
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
domain_is_hyphens_only(int rc, struct slice label)
{
	return (rc == IDN2_2HYPHEN || rc == IDN2_HYPHEN_STARTEND) &&
	    domain_is_ascii(label) && !domain_is_alabel(label);
}

static bool
domain_join_label(struct joined *j, struct slice label)
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
	if (domain_is_hyphens_only(rc, label))
		return domain_join(j, label);
	if (rc != IDN2_OK)
		return false;
	joined = domain_join(j, slice_of((const char *)found));
	idn2_free(found);
	return joined;
}

static bool
domain_has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

/*
 * Label by label, because libidn2 refuses a whole name for the hyphens of one
 * plain label, and takes a microsecond for each. Other dots than ASCII's
 * become dots inside a label.
 */
static bool
domain_convert(struct slice raw, bool plain_too, struct domain *out)
{
	char text[LIMIT_DOMAIN + 1];
	struct joined j = { 0 };
	struct slice rest, label, joined;

	if (raw.n > LIMIT_PATH || domain_has_control(raw))
		return false;
	rest = domain_without_trailing_dots(raw);
	while (slice_next(&rest, '.', &label)) {
		bool skip = !plain_too && domain_is_ascii(label) &&
		    !domain_is_alabel(label);

		if (label.n == 0 || (j.n > 0 && !domain_join(&j, SLICE("."))) ||
		    !(skip ? domain_join(&j, label)
			   : domain_join_label(&j, label)))
			return false;
	}
	joined = domain_without_trailing_dots((struct slice){ j.text, j.n });
	if (domain_take(joined, true, text) != YES)
		return false;
	domain_set(out, text, joined.n);
	return true;
}

bool
domain_from(struct slice raw, struct domain *out)
{
	char text[LIMIT_DOMAIN + 1];
	struct slice s;

	if (raw.p == NULL)
		return false;
	s = domain_without_trailing_dots(raw);
	switch (domain_take(s, false, text)) {
	case YES:
		domain_set(out, text, s.n);
		return true;
	case CONVERT:
		return domain_convert(raw, false, out);
	case NO:
		break;
	}
	return false;
}

bool
domain_from_idna(struct slice raw, struct domain *out)
{
	return raw.p != NULL && domain_convert(raw, true, out);
}

bool
domain_covers(struct slice pattern, struct slice name)
{
	if (pattern.n < 2 || pattern.p[0] != '.')
		return pattern.n > 0 && slice_eq(pattern, name);
	return name.n > pattern.n && slice_ends(name, pattern);
}
