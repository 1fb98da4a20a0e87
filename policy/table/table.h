/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table - the rows that cover a destination or a sender
 *
 * It holds a million keys in about fifty bytes each. One thread fills and seals
 * it; after that any number of threads read it without a lock. Rows are ordered
 * from the most specific to the least: the exact key, the longest suffix first,
 * "*". policy_rows() picks those whose rules apply to a hop.
 */
#ifndef POLICY_TABLE_TABLE_H
#define POLICY_TABLE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/arena.h"
#include "policy/names/key.h"
#include "policy/table/partner.h"

/* The hops that a key applies to: a key of `senders` only to inbound. */
enum {
	TABLE_ALL_HOPS = (1 << HOP_COUNT) - 1,
	TABLE_INBOUND = 1 << HOP_INBOUND,
	/* There are no outbound rules for an address. */
	TABLE_ADDRESS = TABLE_ALL_HOPS & ~(1 << HOP_OUTBOUND)
};

struct table;

/* A row that covers a name. Borrows from the table. */
struct row {
	const struct partner *partner;
	struct slice key;               /* as stored: ".bank.example", "*" */
	unsigned hops;                  /* bits of 1 << HOP_... */
	uint32_t at;                    /* for table_place() */
};

/*
 * Returns new, for table_destroy(). The table owns its arena. Its hash has a
 * random key, so that nobody who sends us names can choose names that
 * collide.
 */
struct table *table_create(void);
void table_destroy(struct table **table);
/* The arena for the partners, rules and demands of this table. */
struct arena *table_arena(struct table *table);

/* A hint that saves rehashing: the caller will add this many keys, with this
 * many bytes in all. */
void table_reserve(struct table *table, size_t keys, size_t bytes);

/* Takes a partner allocated in the table's arena and numbers its rules.
 * Returns its index. */
unsigned table_add_partner(struct table *table, struct partner *partner);

/*
 * Adds a row: key, which is copied, finds partner (an index) for hops (bits of
 * 1 << HOP_...). A key can be claimed only once: the next claim returns -1, and
 * *first is the place of the row that has the key. Returns -1 with an empty
 * *first when the key is empty or longer than LIMIT_PATH, or the table holds
 * four gigabytes. The table borrows at.file until it is destroyed. A row is
 * smallest when claims have the same at.file pointer with rising lines.
 */
int table_claim(struct table *table, struct slice key, unsigned partner,
    unsigned hops, struct place at, struct place *first);

/* Frees spare memory. Nothing can be added after it. */
void table_seal(struct table *table);

/* LIMIT_DOMAIN octets hold at most 127 labels: the name itself, 126 suffixes
 * and "*" are 128 rows. */
enum { TABLE_ROWS = 130 };

/*
 * Fills rows with those that cover a normalised domain, the most specific
 * first: the name, its suffixes from longest to shortest, "*". Returns how many
 * there are.
 */
size_t table_domain(const struct table *table, struct slice domain,
    struct row rows[TABLE_ROWS]);
/* The row with exactly this normalised key; false when there is none. */
bool table_exact(const struct table *table, struct slice key,
    struct row *row);

/* Where the row was written. */
struct place table_place(const struct table *table, const struct row *row);

size_t table_keys(const struct table *table);
size_t table_partners(const struct table *table);
size_t table_rules(const struct table *table);
const struct partner *table_partner(const struct table *table, unsigned i);
/* How many bytes it holds, its arena included. */
size_t table_bytes(const struct table *table);
/* Whether any partner that an address can find has a rule for hop. */
bool table_has_hop(const struct table *table, enum hop hop);

/* Whether any has a rule that a recipient selects: entry, earlier, outbound. */
bool table_has_recipient_hop(const struct table *table);

/* The same for keys other than "*": whether it matters for the rules of hop
 * which name it is. */
bool table_names_hop(const struct table *table, enum hop hop);
bool table_names_recipient_hop(const struct table *table);

/* Calls visit for every key in the order of the claims, until it returns
 * false. */
void table_each(const struct table *table,
    bool (*visit)(const struct table *table, const struct row *row,
	void *data), void *data);
#endif
