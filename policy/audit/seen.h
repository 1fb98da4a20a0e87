/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seen - which names of a log were met before
 *
 * So that a file that is read twice counts once. It remembers the last 65,536
 * or so, by their hashes.
 */
#ifndef POLICY_AUDIT_SEEN_H
#define POLICY_AUDIT_SEEN_H

#include <stdbool.h>
#include <stdint.h>

struct seen;

/* Returns new; goes with seen_destroy(). */
struct seen *seen_create(void);
void seen_destroy(struct seen **seen);

/* Whether the name with this hash, which is not 0, was added. */
bool seen_has(const struct seen *seen, uint64_t hash);
void seen_add(struct seen *seen, uint64_t hash);
#endif
