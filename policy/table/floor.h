/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * floor - a least value that a hop can be asked beside its level
 *
 * Every floor is an int, 0 for none, and higher is stricter. A new one is a
 * line of FLOORS, a row in floor.c, and a row in policy/evidence/measure.c:
 * without that one it is undecided for all mail.
 */
#ifndef POLICY_TABLE_FLOOR_H
#define POLICY_TABLE_FLOOR_H

#include "policy/base/text.h"
#include "policy/vocabulary.h"

/*
 * ROW(id, name, words, most): the name is the key of the policy file, and
 * stands in the record and in explain. The value is a word of the vocabulary
 * words or, where that is NULL, a number from 1 to most.
 */
#define FLOORS(ROW)                                          \
	ROW(FLOOR_TLS, "min_tls", tls_version_vocabulary, 0) \
	ROW(FLOOR_BITS, "min_bits", NULL, 256)               \
	ROW(FLOOR_GRADE, "min_grade", grade_vocabulary, 0)

#define FLOOR_ID(id, name, words, most) id,

/* Used as an index of arrays. */
enum floor { FLOORS(FLOOR_ID) FLOOR_COUNT };

const char *floor_name(enum floor floor);
/* The reason of a verdict on what is below the floor. */
enum reason floor_reason(enum floor floor);
/* Why a rule for hop cannot ask it; NULL when one can. */
const char *floor_refusal(enum floor floor, enum hop hop);

/* Adds the value as the policy file has it: "1.2", "128". */
void floor_add_value(enum floor floor, int value, struct text *out);
/* Adds a phrase: "TLS 1.2 or later". */
void floor_add_phrase(enum floor floor, int value, struct text *out);
/* Adds what a client needs: "a cipher of 128 bits or more". */
void floor_add_remedy(enum floor floor, int value, struct text *out);
#endif
