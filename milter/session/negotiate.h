/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * negotiate - which milter events and actions are requested of an MTA
 *
 * A reply to an event costs the MTA as much as a decision, so the daemon
 * replies to two of them: RCPT, where all macros are current, and the end of
 * the message (FACTS 23, 26). It replies to DATA too where that can be the last
 * event (lastevent.h): a message that is open over a reload must not keep an
 * answer that the policy in force would not give. Only what the MTA offers is
 * requested.
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
	AGREED_CLEAN = 32,              /* header fields may be removed */
	AGREED_DATA = 64                /* the MTA sends DATA and waits */
};

struct agreement {
	unsigned long actions;          /* SMFIF_... that are wanted */
	unsigned long steps;            /* SMFIP_... that are left out, or not
	                                 * awaited */
	unsigned agreed;                /* AGREED_... */
};

/* What a policy may need of a session, as bits. */
enum {
	NEEDS_HEADERS = 1,              /* a rule needs the header */
	NEEDS_DATA = 2                  /* DATA can be the last event of a
	                                 * message */
};

/* The bits of NEEDS_... that the policy needs, with its overlay. Walks the
 * whole table: call it once for each policy and state. */
unsigned negotiate_needs(const struct policy *policy);

/* What to request of an MTA that offers actions (SMFIF_...) and steps
 * (SMFIP_...); needs is of negotiate_needs(). */
void negotiate_choose(const struct settings *settings, unsigned needs,
    unsigned long actions, unsigned long steps, struct agreement *out);
#endif
