/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shortening - addresses as the decision log has them
 *
 * Without their local part, "[]@bank.example", or with a code in its place,
 * "[5f1d0c3a9b2e4d6f7081]@bank.example", which is the same for the same
 * address. Neither is an address: a local part has no brackets unless it is
 * quoted (RFC 5321 section 4.1.2). Both read as one, for a domain whose rows
 * are known and a local part that no row has. "postmaster" is a role, and
 * stays.
 */
#ifndef POLICY_NAMES_SHORTENING_H
#define POLICY_NAMES_SHORTENING_H

#include "policy/base/slice.h"
#include "policy/base/text.h"

enum address_form { ADDRESSES_FULL, ADDRESSES_DOMAIN, ADDRESSES_HASHED };

enum {
	SHORTENING_KEY = 32,            /* octets */
	/* Hexadecimal digits of a code: 80 bits. Among a million addresses two
	 * share one with a chance of one in a trillion. */
	SHORTENING_CODE = 20,
	/* What an address or a text of an MTA needs at most. */
	SHORTENING_TEXT = 2048
};

/* ADDRESSES_FULL and NULL shorten nothing. */
struct shortening {
	enum address_form form;
	/* With ADDRESSES_HASHED: writes the code of text under key. */
	void (*code)(const unsigned char key[SHORTENING_KEY],
	    struct slice text, char out[SHORTENING_CODE + 1]);
	unsigned char key[SHORTENING_KEY];
};

/*
 * Adds an address or a login name, which need not have a domain. Upper and
 * lower case, and quotes, have the same code; an extension has another one. Of
 * what cannot be read as an address, or may hide one ("ann%bank.example"),
 * "[CODE]!" is left, which cannot be read either.
 */
void shortening_add(const struct shortening *s, struct slice address,
    struct text *out);

/* Adds text with each address in it shortened: a certificate's subject, or the
 * key of a row. */
void shortening_add_text(const struct shortening *s, struct slice text,
    struct text *out);
#endif
