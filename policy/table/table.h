/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table - which rows speak for a destination or a sender
 *
 * A million keys in about fifty bytes each. Filled by one thread, sealed, and
 * from then on read by any number of them without a lock. Precedence is per
 * hop: exact, then the longest suffix, then "*"; the most specific row that
 * has a rule for the hop speaks, and while it acts below defer the next less
 * specific rule acts too, so that a row being rolled out removes no
 * protection.
 */
#ifndef POLICY_TABLE_TABLE_H
#define POLICY_TABLE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/arena.h"
#include "policy/names/key.h"
#include "policy/table/partner.h"

/* Which hops a key speaks for: `senders` keys speak for inbound only. */
enum {
	TABLE_ALL_HOPS = (1 << HOP_COUNT) - 1,
	TABLE_INBOUND = 1 << HOP_INBOUND,
	/* An address key carries no outbound rule. */
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
 * Returns new; goes with table_destroy(). Owns its arena. Draws the random
 * numbers its hash is keyed with: which names are slow to tell apart is
 * nothing that somebody who sends us names can know.
 */
struct table *table_create(void);
void table_destroy(struct table **table);
/* Where partners, rules and demands that it will hold are allocated. */
struct arena *table_arena(struct table *table);

/* The caller is about to add this many keys: saves rehashing. A hint. */
void table_reserve(struct table *table, size_t keys, size_t bytes);

/* Takes a partner allocated in the table's arena and numbers its rules.
 * Returns its index. */
unsigned table_add_partner(struct table *table, struct partner *partner);

/*
 * Makes partner (an index) answer to key from now on. Two rows may not claim
 * one key, one partner no key twice: then -1, and *first is the place of the
 * row that has it. -1 with a *first of nothing: the key is empty or longer
 * than LIMIT_PATH, or the table has four gigabytes. at.file must live as long
 * as the table; text tables pass the same pointer with rising lines, which is
 * what keeps a row small. key is copied.
 */
int table_claim(struct table *table, struct slice key, unsigned partner,
    unsigned hops, struct place at, struct place *first);

/* No claim may follow. Gives spare memory back. */
void table_seal(struct table *table);

/* LIMIT_DOMAIN octets hold at most 127 labels; and the bare name and "*". */
enum { TABLE_ROWS = 130 };

/*
 * The rows that cover a normalised domain, the most specific first: itself,
 * its suffixes from longest to shortest, "*". Returns how many.
 */
size_t table_domain(const struct table *table, struct slice domain,
    struct row rows[TABLE_ROWS]);
/* The one row with exactly this normalised key; false when there is none. */
bool table_exact(const struct table *table, struct slice key,
    struct row *row);

/* Where the row of a match was written. */
struct place table_place(const struct table *table, const struct row *row);

size_t table_keys(const struct table *table);
size_t table_partners(const struct table *table);
size_t table_rules(const struct table *table);
const struct partner *table_partner(const struct table *table, unsigned i);
/* Bytes held, arena included. */
size_t table_bytes(const struct table *table);
/* Whether any partner has a rule for hop. */
bool table_has_hop(const struct table *table, enum hop hop);

/*
 * Calls visit for every key in the order they were claimed, until it returns
 * false. For `check` and reports.
 */
void table_each(const struct table *table,
    bool (*visit)(const struct table *table, const struct row *row,
	void *data), void *data);
#endif
