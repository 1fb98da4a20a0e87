/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exception - a dated permission for one partner and hop to prove less
 *
 * It only ever lowers what a rule asks for, and always ends: one without an
 * end cannot be represented. Which are alive is told by the time given, so
 * one that has ended acts no longer whether or not anybody removed it.
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
	struct slice key;               /* for mail that this key of the row
	                                 * found only; absent: any */
	int64_t from;                   /* seconds since 1970, UTC */
	int64_t until;                  /* first second it no longer holds */
	bool override_published;        /* may fall below what was published */
	struct slice owner;
	struct slice reason;
	struct slice ticket;            /* absent: none */
	struct slice approver;          /* absent: none */
};

struct exceptions;

/*
 * Returns new, in a: list with an index, so that finding one costs the same
 * however many there are. Borrows list. An entry with until 0 or floor UNSET
 * is a bug of the reader's and ignored.
 */
const struct exceptions *exceptions_index(const struct exception *list,
    size_t count, struct arena *a);

/*
 * The exception alive at now for this partner and hop: of several the one
 * with the lowest floor, of those the one that ends last. NULL when none is.
 * key is the key of the row that matched. One whose floor is below least acts
 * no longer: the policy has been changed since it was granted.
 */
const struct exception *exceptions_find(const struct exceptions *exceptions,
    struct slice partner, enum hop hop, struct slice key, enum level least,
    int64_t now);

/* What it asks instead: its floor, with no identity and no other floor. */
struct demand exception_demand(const struct exception *exception);
#endif
