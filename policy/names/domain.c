/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <idn2.h>

#include "policy/names/domain.h"
#include "policy/base/text.h"

/* ASCII as a normalised name has it; NUL for what no name may have. */
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

enum domain_syntax { DOMAIN_BAD, DOMAIN_PLAIN, DOMAIN_CONVERT };

/*
 * The only place that accepts a name. Lower-cases s, which has no trailing
 * dots, into text. DOMAIN_CONVERT: libidn2 has to convert it first.
 */
static enum domain_syntax
domain_normalise(struct slice s, bool converted, char text[LIMIT_DOMAIN + 1])
{
	bool numeric = true;
	size_t label = 0;               /* where it begins */

	if (s.n == 0 || s.n > LIMIT_DOMAIN)
		return domain_is_ascii(s) ? DOMAIN_BAD : DOMAIN_CONVERT;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= sizeof(plain))
			return DOMAIN_CONVERT;
		text[i] = plain[c];
		if (text[i] == '\0')
			return DOMAIN_BAD;
		if (text[i] == '.') {
			if (i == label || i - label > LIMIT_LABEL)
				return DOMAIN_BAD;
			label = i + 1;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			numeric = false;
		if (i == label && text[i] == 'x' && !converted &&
		    domain_is_alabel(slice_from(s, i)))
			return DOMAIN_CONVERT;
	}
	text[s.n] = '\0';
	return numeric || s.n - label > LIMIT_LABEL ? DOMAIN_BAD
						    : DOMAIN_PLAIN;
}

static void
domain_set(struct domain *out, const char *text, size_t n)
{
	assert(n > 0 && n <= LIMIT_DOMAIN && text[n] == '\0');
	out->n = (unsigned char)n;
	memcpy(out->text, text, n + 1);
}

/* The labels converted so far; it has room for more than a name may have. */
struct converted {
	size_t n;
	char text[2 * LIMIT_DOMAIN];
};

static bool
domain_append(struct converted *c, struct slice s)
{
	assert(c->n <= sizeof(c->text));
	if (s.n > sizeof(c->text) - c->n)
		return false;
	if (s.n > 0)
		memcpy(c->text + c->n, s.p, s.n);
	c->n += s.n;
	return true;
}

/* IDNA forbids such hyphens; DNS and both MTAs do not. */
static bool
domain_is_hyphen_error(int rc, struct slice label)
{
	return (rc == IDN2_2HYPHEN || rc == IDN2_HYPHEN_STARTEND) &&
	    domain_is_ascii(label) && !domain_is_alabel(label);
}

static bool
domain_append_alabel(struct converted *c, struct slice label)
{
	uint8_t text[LIMIT_PATH + 1], *found = NULL;
	bool fits;
	int rc;

	assert(label.n < sizeof(text));
	if (label.n == 0)
		return true;
	memcpy(text, label.p, label.n);
	text[label.n] = '\0';
	rc = idn2_lookup_u8(text, &found,
	    IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	if (domain_is_hyphen_error(rc, label))
		return domain_append(c, label);
	if (rc != IDN2_OK)
		return false;
	fits = domain_append(c, slice_of((const char *)found));
	idn2_free(found);
	return fits;
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
 * Converts label by label, because libidn2 refuses a whole name for the hyphens
 * of one plain label, and needs a microsecond for each label. Dots other than
 * ASCII's are part of a label here and become ASCII dots.
 */
static bool
domain_convert(struct slice raw, bool plain_too, struct domain *out)
{
	char text[LIMIT_DOMAIN + 1];
	struct converted c = { 0 };
	struct slice rest, label, name;

	if (raw.n > LIMIT_PATH || domain_has_control(raw))
		return false;
	rest = domain_without_trailing_dots(raw);
	while (slice_next(&rest, '.', &label)) {
		bool as_is = !plain_too && domain_is_ascii(label) &&
		    !domain_is_alabel(label);

		if (label.n == 0 ||
		    (c.n > 0 && !domain_append(&c, SLICE("."))) ||
		    !(as_is ? domain_append(&c, label)
			    : domain_append_alabel(&c, label)))
			return false;
	}
	name = domain_without_trailing_dots((struct slice){ c.text, c.n });
	if (domain_normalise(name, true, text) != DOMAIN_PLAIN)
		return false;
	domain_set(out, text, name.n);
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
	switch (domain_normalise(s, false, text)) {
	case DOMAIN_PLAIN:
		domain_set(out, text, s.n);
		return true;
	case DOMAIN_CONVERT:
		return domain_convert(raw, false, out);
	case DOMAIN_BAD:
		break;
	}
	return false;
}

bool
domain_from_idna(struct slice raw, struct domain *out)
{
	return raw.p != NULL && domain_convert(raw, true, out);
}

/* Adds a label, in U-form if it is an A-label; false when there is no room. */
static bool
domain_add_unicode(struct slice label, struct text *out)
{
	char text[LIMIT_LABEL + 1], *found = NULL;

	if (!domain_is_alabel(label)) {
		text_slice(out, label);
		return !out->cut;
	}
	memcpy(text, label.p, label.n);
	text[label.n] = '\0';
	if (idn2_to_unicode_8z8z(text, &found, 0) != IDN2_OK)
		return false;
	text_slice(out, slice_of(found));
	idn2_free(found);
	return !out->cut;
}

size_t
domain_unicode(struct slice name, char out[DOMAIN_UNICODE])
{
	char text[DOMAIN_UNICODE + 1];
	struct slice rest = name, label;
	bool any = false;
	struct text t;

	text_init(&t, text, sizeof(text));
	while (slice_next(&rest, '.', &label)) {
		assert(label.n <= LIMIT_LABEL);
		any = any || domain_is_alabel(label);
		text_add(&t, "%s", text_length(&t) == 0 ? "" : ".");
		if (!domain_add_unicode(label, &t))
			return 0;
	}
	if (!any)
		return 0;
	memcpy(out, text, text_length(&t));
	return text_length(&t);
}

bool
domain_covers(struct slice pattern, struct slice name)
{
	if (pattern.n < 2 || pattern.p[0] != '.')
		return pattern.n > 0 && slice_eq(pattern, name);
	return name.n > pattern.n && slice_ends(name, pattern);
}
