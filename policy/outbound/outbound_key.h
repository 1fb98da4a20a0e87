/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outbound_key - a next hop as an MTA wrote it, parsed once
 */
#ifndef POLICY_OUTBOUND_OUTBOUND_KEY_H
#define POLICY_OUTBOUND_OUTBOUND_KEY_H

#include <stdbool.h>

#include "policy/names/key.h"

/* The form of a key. */
enum outbound_form {
	OUTBOUND_FORM_BAD,              /* no next hop */
	OUTBOUND_FORM_PARENT,           /* ".domain": Postfix looks up the
	                                 * parents of a name itself; the first
	                                 * answer already had suffixes in it */
	OUTBOUND_FORM_HOST,             /* domain, [host], [host]:port, ... */
	OUTBOUND_FORM_PATH              /* a socket's path; compared only */
};

/* A next hop as an MTA wrote it, parsed once. */
struct outbound_key {
	enum outbound_form form;
	struct key key;                 /* normalised; HOST and PATH only */
	struct key host;                /* KEY_NONE: it has no host */
	bool on_host;                   /* loopback or a local socket: mail
	                                 * to it crosses no wire, and "*" does
	                                 * not cover it */
};

/* Parses raw, which may be anything: OUTBOUND_FORM_BAD when it is no next hop.
 * *out borrows nothing. */
void outbound_key_read(struct slice raw, struct outbound_key *out);

/* The key of any name below suffix (".domain", normalised) that no other row
 * covers. */
void outbound_key_below(struct slice suffix, struct outbound_key *out);
#endif
