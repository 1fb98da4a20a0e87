/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * demand - what one hop must prove
 *
 * Built by the reader, immutable afterwards, owned by the table that holds
 * it. An empty demand is impossible to satisfy, not easy: level UNSET is
 * judged undecided.
 */
#ifndef POLICY_TABLE_DEMAND_H
#define POLICY_TABLE_DEMAND_H

#include <stdbool.h>

#include "policy/base/slice.h"
#include "policy/names/netaddr.h"
#include "policy/vocabulary.h"

struct words {
	const struct slice *list;       /* borrows from the table's arena */
	size_t count;
};

/*
 * One way for a peer to be the one that is meant: every list that is not
 * empty must hold, and a list holds when one of its members does. A group
 * with all lists empty is a bug, and fails.
 */
struct peer_group {
	struct words names;             /* normalised; ".x": any sub-domain */
	struct words subjects;          /* whole names, decoded, octets */
	struct words issuers;
	struct words fingerprints;      /* "sha256:" and lower-case hex */
	struct words logins;
	const struct netrange *clients;
	size_t client_count;
};

struct demand {
	enum level level;
	bool any_peer;                  /* verify: any chain the MTA trusts */
	bool dane;                      /* outbound only */
	const struct peer_group *peers; /* one whole group must hold */
	size_t peer_count;              /* 0 with verify and not any_peer:
	                                 * allowed on outbound only */
	enum tls_version min_tls;
	int min_bits;                   /* 0: any */
	enum grade min_grade;
};

/* Whether a group proves who the peer is, and not only where it calls from. */
bool peer_group_is_proof(const struct peer_group *group);
/* Whether a group rests on a certificate (and not on a login or address). */
bool peer_group_needs_certificate(const struct peer_group *group);

/*
 * Writes the demand as people write it: "verify names=mx1.bank.example
 * min_tls=1.2". Cut with "..." to fit; returns the length.
 */
size_t demand_show(const struct demand *demand, char *out, size_t size);
#endif
