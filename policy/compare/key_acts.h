/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key_acts - everything that a policy does for mail under one key
 *
 * A key stands for the names that no more specific key covers: ".bank.example"
 * for any name below it that has no row of its own. So two policies do the same
 * for all mail when they do the same under each key of both of them, by each
 * of the ways in which mail comes under a key.
 */
#ifndef POLICY_COMPARE_KEY_ACTS_H
#define POLICY_COMPARE_KEY_ACTS_H

#include <stdbool.h>

#include "policy/compare/act.h"
#include "policy/outbound/outbound.h"

enum {
	/* Room for all acts under a key: of the rows of a domain, and of an
	 * address with each of its extensions taken off, or a next hop. */
	KEY_ACTS = POLICY_TERMS * (TABLE_ROWS + 1 + LIMIT_DELIMITERS) + 1
};

/* How mail comes under a key. */
enum key_way {
	KEY_BY_NAME,                    /* it is the name of an address, or a
	                                 * next hop */
	KEY_BY_ROUTE,                   /* a literal that is a next hop */
	KEY_BY_HOST,                    /* it is the host of a route: of one
	                                 * that has no row, for outbound */
	KEY_WAYS
};

/* A key that both policies are asked about. */
struct key_probe {
	struct slice key;               /* normalised; borrows */
	enum key_kind kind;
	enum key_way way;
	struct outbound_key hop;        /* as a next hop; set for a NEXTHOP, a
	                                 * LITERAL and localhost */
	bool on_host;                   /* such a next hop is on this host */
};

/* Reads key, which is normalised, as it is under its own name. *out borrows
 * it. */
void key_probe_read(struct slice key, struct key_probe *out);

/* The rows of a policy for a key, for every hop. */
struct key_rows {
	struct row list[TABLE_ROWS];
	size_t count;
};

/* Adds what acts of the row, own as in struct act, while there is room. */
void acts_add_row(enum hop hop, const struct row *row, bool own,
    struct acts *out);

void key_rows_find(const struct policy *policy, const struct key_probe *probe,
    struct key_rows *out);

/*
 * What out->policy does for mail under the key on hop, with the state applied
 * to it, but whatever its mode. rows are those of the policy for probe. Fills
 * out->list, which has room for KEY_ACTS, and out->count. Of a host, the rows
 * of entry and earlier are those without "*", which covers addresses alone.
 */
void key_acts_find(const struct key_probe *probe, const struct key_rows *rows,
    enum hop hop, struct acts *out);
#endif
