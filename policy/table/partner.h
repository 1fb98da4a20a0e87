/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * partner - a row of the table: a name, and a rule for each of four hops
 *
 * Immutable once the table is sealed, owned by the table's arena.
 */
#ifndef POLICY_TABLE_PARTNER_H
#define POLICY_TABLE_PARTNER_H

#include <stdbool.h>

#include "policy/table/demand.h"
#include "policy/vocabulary.h"

/* Where something was written, for people: the rule of every decision. */
struct place {
	const char *file;               /* borrows; NULL unknown */
	unsigned line;                  /* 0 unknown */
};

struct partner;

struct rule {
	const struct partner *partner;
	enum hop hop;
	struct demand demand;
	enum stage stage;
	const struct demand *watch;     /* judged and logged only; or NULL */
	enum level never_below;         /* UNSET: exceptions may go to any */
	bool acknowledge_rfc3207;
	enum elsewhere elsewhere;
	struct slice reply;             /* own sentence; absent: the usual */
	struct place place;             /* the line the rule stands on */
	unsigned number;                /* index among all rules of the table */
};

struct partner {
	struct slice name;              /* absent for a profile that table
	                                 * lines use: the key is the name */
	struct rule *rules[HOP_COUNT];  /* NULL: no rule; its own, numbered by
					 * table_add_partner() */
	struct slice owner;
	struct slice contact;
	struct slice provider;          /* names that prove only a provider:
	                                 * which; absent: none do */
	struct place place;
};
#endif
