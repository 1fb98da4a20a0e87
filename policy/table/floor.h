/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * floor - a least value that a hop can be asked in addition to its level
 *
 * Every floor is an int, 0 for none, and higher is stricter. A new one is a
 * row of FLOORS, and the three functions of policy/evidence/measure.c that the
 * row names. If Postfix can be asked it, policy/outbound/tlsdemand.c says how;
 * without that, an outbound rule that asks it cannot be answered.
 */
#ifndef POLICY_TABLE_FLOOR_H
#define POLICY_TABLE_FLOOR_H

#include "policy/base/text.h"
#include "policy/vocabulary.h"

#define FLOOR_NOT_RECEIVED \
	"the evidence of earlier hops is their Received fields, " \
	"which do not prove this"

/*
 * ROW(id, name, words, most, reason, before, after, remedy, earlier, outbound,
 * what):
 *
 * name      the key of the policy file; it stands in the record and in explain
 * words     the vocabulary of its values; NULL: numbers
 * most      the highest number
 * reason    of a verdict on what is below it
 * before    before the value in a phrase
 * after     after it
 * remedy    before the phrase, in what a client needs
 * earlier   why an earlier hop cannot be asked it; NULL: it can
 * outbound  why an outbound hop cannot; NULL: it can
 * what      measure_WHAT() and its two companions in measure.c
 */
/* clang-format off */
#define FLOORS(ROW) \
	ROW(FLOOR_TLS, "min_tls", tls_version_vocabulary, 0, \
	    REASON_VERSION_TOO_LOW, "TLS ", " or later", "", \
	    NULL, NULL, version) \
	ROW(FLOOR_BITS, "min_bits", NULL, 256, \
	    REASON_CIPHER_TOO_WEAK, "", " bits or more", "a cipher of ", \
	    FLOOR_NOT_RECEIVED, "the MTA's TLS client cannot check bits: " \
	    "outbound takes min_grade", bits) \
	ROW(FLOOR_GRADE, "min_grade", grade_vocabulary, 0, \
	    REASON_CIPHER_TOO_WEAK, "grade ", " or better", "a cipher of ", \
	    FLOOR_NOT_RECEIVED, NULL, grade)
/* clang-format on */

#define FLOOR_ID(id, ...) id,

/* Used as an index of arrays. */
enum floor { FLOORS(FLOOR_ID) FLOOR_COUNT };

const char *floor_name(enum floor floor);
/* The reason of a verdict on what is below the floor. */
enum reason floor_reason(enum floor floor);
/* Why a rule for hop cannot ask it; NULL when one can. */
const char *floor_refusal(enum floor floor, enum hop hop);

/* Adds the value as the policy file has it: "1.2", "128". */
void floor_add_value(enum floor floor, int value, struct text *out);
/* Whether text is such a value; *out is written only then. */
bool floor_read(enum floor floor, struct slice text, int *out);
/* Adds a phrase: "TLS 1.2 or later". */
void floor_add_phrase(enum floor floor, int value, struct text *out);
/* Adds what a client needs: "a cipher of 128 bits or more". */
void floor_add_remedy(enum floor floor, int value, struct text *out);
#endif
