/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * negotiate - which milter events and actions are requested of an MTA
 *
 * A reply to an event costs the MTA as much as a decision, so the daemon
 * replies to two of them: RCPT, where all macros are current, and the end of
 * the message (FACTS 23, 26). Only what the MTA offers is requested.
 */
#ifndef MILTER_SESSION_NEGOTIATE_H
#define MILTER_SESSION_NEGOTIATE_H

#include <stdbool.h>

#include "policy/policy.h"

/* What the MTA agreed to, as bits; the session keeps them. */
enum {
	AGREED_HOLD = 1,                /* messages may be quarantined */
	AGREED_TAG = 2,                 /* header fields may be added */
	AGREED_HEADERS = 4,             /* the MTA sends the header */
	AGREED_MAIL = 8,                /* the MTA sends MAIL */
	AGREED_SYMBOLS = 16,            /* the MTA takes a list of macros */
	AGREED_CLEAN = 32               /* header fields may be removed */
};

struct agreement {
	unsigned long actions;          /* SMFIF_... that are wanted */
	unsigned long steps;            /* SMFIP_... that are left out, or not
	                                 * awaited */
	unsigned agreed;                /* AGREED_... */
};

/* Whether a rule of the policy may need a message's header. Walks the whole
 * table: call it once for each policy. */
bool negotiate_needs_headers(const struct policy *policy);

/* What to request of an MTA that offers actions (SMFIF_...) and steps
 * (SMFIP_...); needs_headers is of negotiate_needs_headers(). */
void negotiate_choose(const struct settings *settings, bool needs_headers,
    unsigned long actions, unsigned long steps, struct agreement *out);
#endif
