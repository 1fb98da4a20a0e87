/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address - an envelope address cut into local part and domain
 *
 * The MTA, not this parser, knows where mail goes: the address of RCPT is
 * judged together with the MTA's own {rcpt_addr} and {rcpt_host} (FACTS 39).
 */
#ifndef POLICY_NAMES_ADDRESS_H
#define POLICY_NAMES_ADDRESS_H

#include <stdbool.h>

#include "policy/base/slice.h"

struct address {
	struct slice local;     /* as typed, quotes included */
	struct slice domain;    /* as typed; absent for a bare local part */
	bool null;              /* the null reverse path, <> */
};

/*
 * Cuts path, with or without its angle brackets (Postfix leaves them out for
 * mail of sendmail(1)). A source route "@a,@b:" is dropped: the destination
 * follows it (RFC 5321 section 3.3). The domain follows the last @ outside
 * quotes. Returns false when path is longer than LIMIT_PATH octets or has a
 * control character, an open quote, text after its brackets or no local part.
 * *out is written only on true and borrows path.
 */
bool address_cut(struct slice path, struct address *out);

/*
 * Writes the local part as address keys are compared into out: lower-case,
 * without quotes and backslashes. delimiter, unless it is NUL, is left out
 * where it first appears, with the extension after it. Returns the length,
 * without a NUL, or 0 when size is too small.
 */
size_t address_local_key(struct slice local, char delimiter, char *out,
    size_t size);

/* Whether local is "postmaster" in any case, quoted or not (RFC 5321
 * section 4.5.1). */
bool address_is_postmaster(struct slice local);
#endif
