/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * partner - a row of the table, with a rule for each of four hops
 *
 * Allocated in the table's arena; immutable once the table is sealed.
 */
#ifndef POLICY_TABLE_PARTNER_H
#define POLICY_TABLE_PARTNER_H

#include <stdbool.h>

#include "policy/table/demand.h"
#include "policy/vocabulary.h"

/* Where something was written, such as the rule of a decision. */
struct place {
	const char *file;               /* borrows; NULL: unknown */
	unsigned line;                  /* 0: unknown */
};

struct partner;

struct rule {
	const struct partner *partner;
	enum hop hop;
	struct demand demand;
	enum stage stage;
	const struct demand *watch;     /* only judged and logged; NULL: none */
	enum level never_below;         /* UNSET: no limit to exceptions */
	bool acknowledge_rfc3207;
	enum elsewhere elsewhere;
	struct slice servername;        /* outbound: "hostname", "nexthop" or a
	                                 * host name for SNI; "none": no name;
	                                 * absent: as the level needs it */
	struct slice reply;             /* its sentence; absent: the usual */
	struct place place;
	bool of_profile;                /* it stands in a profile, for every
	                                 * partner that has none of its own */
	bool inherits_identity;         /* that of its profile, whole */
	unsigned number;                /* index among all rules of the table */
};

struct partner {
	struct slice name;              /* absent: a profile for table lines,
	                                 * where the key is the name */
	struct rule *rules[HOP_COUNT];  /* in the same arena; NULL: no rule */
	struct slice owner;
	struct slice contact;
	struct slice provider;          /* of which the rules' names prove no
	                                 * more; absent: none */
	struct place place;
	bool by_session;                /* found by who connects: a service, or
	                                 * the rule of a listener. No address
	                                 * finds it */
};
#endif
