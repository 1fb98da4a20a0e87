/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * demand - what one hop must prove
 *
 * Allocated in the arena of the table that holds it; immutable once read. An
 * empty demand never passes: LEVEL_UNSET is judged undecided.
 */
#ifndef POLICY_TABLE_DEMAND_H
#define POLICY_TABLE_DEMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/slice.h"
#include "policy/names/netaddr.h"
#include "policy/names/shortening.h"
#include "policy/table/floor.h"
#include "policy/vocabulary.h"

struct words {
	const struct slice *list;       /* borrows from the table's arena */
	size_t count;
};

/* A certificate of a file that the policy names. */
struct dated_certificate {
	struct slice fingerprint;       /* as in fingerprints */
	struct slice file;              /* as in a place; ends with a NUL */
	int64_t ends;                   /* seconds since 1970 */
};

/*
 * One way to identify the peer. Every list that is not empty must match, and a
 * list matches when one of its members does. A group with only empty lists is
 * a bug, and fails.
 */
struct peer_group {
	struct words names;             /* normalised; ".x": any sub-domain */
	struct words subjects;          /* whole names, decoded */
	struct words issuers;
	struct words fingerprints;      /* "sha256:" and lower-case hex; those
	                                 * of certificates too */
	const struct dated_certificate *certificates;
	size_t certificate_count;       /* they only say when a fingerprint
	                                 * ends, and are never judged */
	struct words logins;
	const struct netrange *clients;
	size_t client_count;
};

struct demand {
	enum level level;
	bool any_peer;                  /* verify: any chain the MTA trusts */
	bool dane;                      /* outbound only */
	const struct peer_group *peers; /* one whole group must match */
	size_t peer_count;              /* with verify and without any_peer 0
	                                 * is allowed on outbound only */
	int floor[FLOOR_COUNT];         /* 0: any */
};

/* Whether a group proves who the peer is, not only its address. */
bool peer_group_is_proof(const struct peer_group *group);
/* Whether a group needs a verified certificate. */
bool peer_group_needs_certificate(const struct peer_group *group);

/* Adds who the group is for people to read: " names=mx.bank.example
 * clients=192.0.2.0/24"; nothing when it has only empty lists. */
void peer_group_add(const struct peer_group *group, struct text *out);

/* Adds the demand to out, for people to read. */
void demand_add(const struct demand *demand, struct text *out);

/*
 * Writes the demand for people to read: "verify names=mx1.bank.example
 * min_tls=1.2". It is cut with "..." to fit. Returns the length.
 */
size_t demand_show(const struct demand *demand, char *out, size_t size);
/* The same with the addresses and login names in it shortened, as a record has
 * them. */
size_t demand_show_shortened(const struct demand *demand,
    const struct shortening *shortening, char *out, size_t size);
#endif
