/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spelling - the ways in which Postfix may write a normalised key
 *
 * A table of ours normalises what it is asked. A file that Postfix reads by
 * itself is asked with what an administrator or a sender typed, with nothing
 * but its letter case folded (FACTS 107). So it has each key in every usual
 * spelling.
 */
#ifndef POLICY_NAMES_SPELLING_H
#define POLICY_NAMES_SPELLING_H

#include <stdbool.h>

#include "policy/base/limits.h"
#include "policy/base/slice.h"

/* Octets of a spelling: a letter of an A-label is one of up to four octets, and
 * folding may make three letters of one. */
enum { SPELLING_SIZE = 4 * LIMIT_PATH };

/* Folds the case of raw as Postfix does: in all of Unicode. Returns the length;
 * 0 when raw is empty, is no UTF-8 or does not fit. */
size_t spelling_fold(struct slice raw, char out[SPELLING_SIZE]);

/*
 * Calls fn for each spelling of key, folded and different from the others: with
 * A-labels and with U-labels, an address with and without brackets, a port as
 * number and as service. key is normalised, of any kind.
 */
void spelling_each(struct slice key, void (*fn)(struct slice spelling,
    void *data), void *data);

/* Whether text, which is folded, is one of them. */
bool spelling_is_of(struct slice text, struct slice key);

/* Whether none of them is a spelling of another domain too: Postfix folds the
 * sharp s of one to the "ss" of another, which IDNA2008 keeps apart. */
bool spelling_is_unique(struct slice key);
#endif
