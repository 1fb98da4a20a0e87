/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tally - how often each name was counted, the most frequent first
 */
#ifndef POLICY_AUDIT_TALLY_H
#define POLICY_AUDIT_TALLY_H

#include <jansson.h>
#include <stdint.h>

/* Borrows from the tally. */
struct tally_top {
	const char *name;
	const char *note;               /* of the last time; "" for none */
	uint64_t count;
};

/*
 * Counts name once in tally, an object of the caller's that only this module
 * fills. note is kept beside it; NULL leaves the one before. With most names
 * in it, a further one is left out.
 */
void tally_add(json_t *tally, const char *name, const char *note, size_t most);

/* Writes the most frequent, at most most, and returns how many there are. Of
 * two as frequent, the one that was counted first comes first. */
size_t tally_rank(json_t *tally, size_t most, struct tally_top *out);
#endif
