/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * negotiate - which events and actions are asked of an MTA
 *
 * Each awaited command costs as much as a decision, so as few as possible are
 * awaited: RCPT, where all macros are current, and the end of the message
 * (FACTS 23, 26). Only what the MTA offers is asked for.
 */
#ifndef MILTER_SESSION_NEGOTIATE_H
#define MILTER_SESSION_NEGOTIATE_H

#include <stdbool.h>

#include "policy/policy.h"

/* What a session remembers of it, as bits. */
enum {
	AGREED_HOLD = 1,
	AGREED_TAG = 2,
	AGREED_HEADERS = 4,
	AGREED_MAIL = 8,
	AGREED_SYMBOLS = 16,
	AGREED_CLEAN = 32               /* fields may be taken out */
};

struct agreement {
	unsigned long actions;          /* SMFIF_... */
	unsigned long steps;            /* SMFIP_... */
	unsigned agreed;                /* AGREED_... */
};

/* Whether judging by policy may need a message's headers. Walks the whole
 * table: once for each, when it is loaded. */
bool negotiate_needs_headers(const struct policy *policy);

/* What to ask of an MTA that offers actions and steps. */
void negotiate_choose(const struct settings *settings, bool needs_headers,
    unsigned long actions, unsigned long steps, struct agreement *out);
#endif
