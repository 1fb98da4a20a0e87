/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lookalike - names that look like other names
 *
 * The Cyrillic "a" looks like the Latin one, and is another letter. A key of
 * the table that somebody pasted with it covers another domain than the one
 * that is read.
 */
#ifndef POLICY_NAMES_LOOKALIKE_H
#define POLICY_NAMES_LOOKALIKE_H

#include <stdbool.h>

#include "policy/base/slice.h"

/*
 * Whether a label of key, a normalised key of the table, has Cyrillic or Greek
 * letters beside Latin ones, or nothing but letters that look like Latin ones.
 */
bool lookalike_key(struct slice key);
#endif
