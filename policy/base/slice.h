/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slice - a pointer to bytes that somebody else owns, with their length
 *
 * Macros, headers, log lines and names are slices until they are checked.
 * Nothing here needs a NUL at the end, copies or allocates. A slice whose p
 * is NULL is absent; one with p set and n zero is present and empty. In a
 * milter macro the two mean opposite things (FACTS 4).
 */
#ifndef POLICY_BASE_SLICE_H
#define POLICY_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/banned.h"
#include "policy/base/lang.h"

struct slice {
	const char *p;
	size_t n;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })
#define SLICE_NONE ((struct slice){ NULL, 0 })
/* For printf's "%.*s". It escapes nothing: use slice_show() for text from
 * outside that a person or a log is to see. */
#define SLICE_ARGS(s) (int)(s).n, (s).n == 0 ? "" : (s).p

/* The slice of a C string; absent for NULL. Borrows text. */
struct slice slice_of(const char *text);
/* What follows the first offset bytes; empty past the end. */
struct slice slice_from(struct slice s, size_t offset);
/* The first length bytes, or all when there are fewer. */
struct slice slice_head(struct slice s, size_t length);
/* s without blanks, tabs, CR and LF around it. */
struct slice slice_trim(struct slice s);

/* An absent slice equals nothing, not even another absent one. */
bool slice_eq(struct slice a, struct slice b);
bool slice_ieq(struct slice a, struct slice b);          /* ASCII case */
/* The order of two names by their octets, as memcmp(3) returns it. A name comes
 * before the longer ones that begin with it, and so does an absent one. */
int slice_compare(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
bool slice_istarts(struct slice s, struct slice prefix); /* ASCII case */
bool slice_ends(struct slice s, struct slice suffix);
/* Offset of the first (last) c, or s.n. */
size_t slice_find(struct slice s, char c);
size_t slice_rfind(struct slice s, char c);

/*
 * Cuts the next word off *rest at separator; false when nothing is left.
 * Two separators in a row give an empty word between them.
 */
bool slice_next(struct slice *rest, char separator, struct slice *word);

/*
 * Whether s is a decimal number from low to high, with nothing around it;
 * *out is written only then.
 */
bool slice_int(struct slice s, long low, long high, long *out);

/*
 * The hash of a name that only an administrator can choose. An index that a
 * stranger could fill with colliding names uses slice_hash_on() with a secret
 * seed and a secret odd multiplier. Differs between machines.
 */
uint64_t slice_hash(struct slice s);

static inline uint64_t
slice_mix(uint64_t h, uint64_t multiplier, uint64_t word)
{
	h = (h ^ word) * multiplier;
	return h ^ h >> 32;
}

/*
 * Adds s to the hash h. Inline, because a look-up in a table does little
 * else.
 */
static inline uint64_t
slice_hash_on(uint64_t h, uint64_t multiplier, struct slice s)
{
	const char *p = s.p;
	size_t n = s.n;
	uint64_t word;
	uint32_t four;
	uint16_t two;

	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = slice_mix(h, multiplier, word);
	}
	word = (uint64_t)n;
	if ((n & 4) != 0) {
		memcpy(&four, p, sizeof(four));
		word = word << 32 | four;
		p += sizeof(four);
	}
	if ((n & 2) != 0) {
		memcpy(&two, p, sizeof(two));
		word = word << 16 | two;
		p += sizeof(two);
	}
	if ((n & 1) != 0)
		word = word << 8 | (unsigned char)*p;
	return slice_mix(h, multiplier, word);
}

/*
 * Writes s for a person or a log: printable ASCII as it is, backslash, quote
 * and every other byte as \xHH, "..." at the end when it was cut to fit.
 * An absent slice is written as "-". size is at least 8. Returns the length
 * without the NUL at the end.
 */
size_t slice_show(struct slice s, char *out, size_t size);
/* The same for a line of ours, in which values are shown already: quote and
 * backslash are left as they are. All that is printed goes through it. */
size_t slice_show_line(struct slice s, char *out, size_t size);
#endif
