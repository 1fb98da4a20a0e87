/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/names/shortening.h"
#include "policy/base/limits.h"
#include "policy/names/address.h"
#include "policy/names/domain.h"

static char
shortening_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static void
shortening_add_lower(struct text *t, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		text_byte(t, shortening_lower(s.p[i]));
}

/* Adds what is in place of the local part. text is what its code is of. */
static void
shortening_add_code(const struct shortening *s, struct slice text,
    struct text *out)
{
	char code[SHORTENING_CODE + 1];

	if (s->form != ADDRESSES_HASHED) {
		text_slice(out, SLICE("[]"));
		return;
	}
	assert(s->code != NULL);
	s->code(s->key, text, code);
	text_add(out, "[%s]", code);
}

/* Whether a domain, as it was typed, is a plain name or literal, with nothing
 * of a person in it. */
static bool
shortening_is_plain(struct slice domain)
{
	for (size_t i = 0; i < domain.n; i++) {
		char c = shortening_lower(domain.p[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (unsigned char)c < 0x80 && strchr(".-_:[]", c) == NULL)
			return false;
	}
	return domain.n > 0;
}

/* Adds the address in its one spelling, of which the code is made. */
static void
shortening_add_canonical(const struct address *address, struct text *out)
{
	char local[LIMIT_PATH];
	struct domain domain;

	text_slice(out, (struct slice){ local, address_local_key(
	    address->local, '\0', local, sizeof(local)) });
	if (address->domain.p == NULL)
		return;
	text_byte(out, '@');
	if (domain_from(address->domain, &domain))
		text_slice(out, domain_slice(&domain));
	else
		shortening_add_lower(out, address->domain);
}

static bool
shortening_hides_domain(struct slice local)
{
	return slice_find(local, '!') < local.n ||
	    slice_find(local, '%') < local.n;
}

void
shortening_add(const struct shortening *s, struct slice address,
    struct text *out)
{
	char canonical[LIMIT_PATH + 1 + LIMIT_DOMAIN + 1];
	struct address a;
	struct text t;

	if (s == NULL || s->form == ADDRESSES_FULL || address.n == 0) {
		text_slice(out, address);
		return;
	}
	if (!address_cut(address, &a) || (a.domain.p != NULL &&
	    !shortening_is_plain(a.domain))) {
		shortening_add_code(s, address, out);
		text_byte(out, '!');
		return;
	}
	if (a.null || address_is_postmaster(a.local)) {
		text_slice(out, address);
		return;
	}
	text_init(&t, canonical, sizeof(canonical));
	shortening_add_canonical(&a, &t);
	shortening_add_code(s, text_so_far(&t), out);
	if (a.domain.p != NULL)
		text_byte(out, '@');
	text_slice(out, a.domain);
	if (a.domain.p == NULL && shortening_hides_domain(a.local))
		text_byte(out, '!');
}

/* Whether c cannot be part of an address within a text. */
static bool
shortening_is_between(char c)
{
	return (unsigned char)c <= ' ' || strchr("/=,;:<>()|\"'", c) != NULL;
}

void
shortening_add_text(const struct shortening *s, struct slice text,
    struct text *out)
{
	if (s == NULL || s->form == ADDRESSES_FULL) {
		text_slice(out, text);
		return;
	}
	for (size_t i = 0, end; i < text.n; i = end) {
		struct slice word;

		for (end = i; end < text.n &&
		     !shortening_is_between(text.p[end]); end++)
			continue;
		word = slice_head(slice_from(text, i), end - i);
		if (slice_find(word, '@') < word.n)
			shortening_add(s, word, out);
		else
			text_slice(out, word);
		if (end < text.n)
			text_byte(out, text.p[end++]);
	}
}
