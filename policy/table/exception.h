/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exception - a dated permission for one partner and hop to prove less
 *
 * An exception only lowers what a rule asks for, and it always ends: there is
 * no way to write one without an end. The callers pass the time, so an
 * exception that has ended no longer applies even if nobody removed it.
 */
#ifndef POLICY_TABLE_EXCEPTION_H
#define POLICY_TABLE_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"
#include "policy/table/demand.h"
#include "policy/vocabulary.h"

struct exception {
	struct slice id;
	struct slice partner;           /* the row's name */
	enum hop hop;
	enum level floor;               /* what must still be proven */
	struct slice key;               /* only for mail that this key of the
	                                 * row covers; absent: all mail */
	int64_t from;                   /* seconds since 1970, UTC */
	int64_t until;                  /* the first second without it */
	bool override_published;        /* may go below a published policy */
	struct slice owner;
	struct slice reason;
	struct slice ticket;            /* absent: none */
	struct slice approver;          /* absent: none */
	/* Where two persons grant exceptions (exceptions.four_eyes); else all
	 * are 0. Who asked is known if one of the times is. */
	int64_t alone;                  /* when one person granted it, for a
	                                 * few hours */
	int64_t approved;               /* when another one approved it */
	unsigned long asked_by;         /* uid */
	unsigned long approved_by;      /* uid */
};

struct exceptions;

/*
 * Returns new, in a: an index over list, so that a look-up costs the same for
 * any number of them. Borrows list. An entry with until 0 or floor LEVEL_UNSET
 * is ignored: only a bug can write one.
 */
const struct exceptions *exceptions_index(const struct exception *list,
    size_t count, struct arena *a);

/*
 * The exception in force at now for this partner and hop; NULL when there is
 * none. Of several it is the one with the lowest floor, of those the one that
 * ends last. key is the key of the row that matched. An exception with a floor
 * below least does not apply: the policy has changed since it was granted.
 */
const struct exception *exceptions_find(const struct exceptions *exceptions,
    struct slice partner, enum hop hop, struct slice key, enum level least,
    int64_t now);

/*
 * The next exception after previous, which is NULL for the first, of those for
 * this partner, hop and key that have not ended at now and have a floor of at
 * least least; one that has not begun counts too. NULL after the last.
 */
const struct exception *exceptions_next(const struct exceptions *exceptions,
    struct slice partner, enum hop hop, struct slice key, enum level least,
    int64_t now, const struct exception *previous);
/* The i-th of all, in force or not; NULL past the end. exceptions may be
 * NULL. */
const struct exception *exceptions_get(const struct exceptions *exceptions,
    size_t i);

/* Whether an exception with this floor demands less than demand. */
bool exception_floor_lowers(enum level floor, const struct demand *demand);

/* What it asks for instead of the rule: its floor and nothing else. */
struct demand exception_demand(const struct exception *exception);
#endif
