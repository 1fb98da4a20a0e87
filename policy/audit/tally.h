/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tally - counts names and finds the most frequent
 */
#ifndef POLICY_AUDIT_TALLY_H
#define POLICY_AUDIT_TALLY_H

#include <jansson.h>
#include <stdint.h>

/* Borrows from the tally. */
struct tally_top {
	const char *name;
	const char *note;               /* the last one; "" for none */
	uint64_t count;
};

/*
 * tally is a json_object() that the caller owns and only this module fills.
 * name and note are UTF-8, and are copied. note replaces the note of the name;
 * NULL leaves it. When the tally has most names, new ones are not counted.
 */
void tally_add(json_t *tally, const char *name, const char *note, size_t most);

/* Writes the most frequent names to out, which has room for most of them, in
 * order; of two as frequent, the one that was counted first. Returns how many
 * were written. */
size_t tally_rank(json_t *tally, size_t most, struct tally_top *out);
#endif
