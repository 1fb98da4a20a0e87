/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/syntax/nearest.h"

/* No longer word is compared. */
enum { LONGEST = 40 };

void
nearest_init(struct nearest *nearest, struct slice word)
{
	nearest->word = word;
	nearest->best = NULL;
	/* A third of the letters may be wrong, and at least one. */
	nearest->distance = word.n < 3 ? 2 : (unsigned)(word.n / 3) + 1;
}

static char
nearest_fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '-' ? '_' : c;
}

static unsigned
nearest_min(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* How many letters to insert, delete, replace or swap with the next one
 * (Damerau-Levenshtein). Case does not count, nor does a hyphen in place of an
 * underscore. */
static unsigned
nearest_distance(struct slice a, const char *b, size_t n)
{
	unsigned row[3][LONGEST + 1];
	unsigned *before = row[0], *last = row[1], *now = row[2], *spare;

	assert(a.n <= LONGEST && n <= LONGEST);
	for (size_t j = 0; j <= n; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			char x = nearest_fold(a.p[i - 1]),
			     y = nearest_fold(b[j - 1]);

			now[j] = nearest_min(last[j] + 1, now[j - 1] + 1,
			    last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == nearest_fold(b[j - 2]) &&
			    y == nearest_fold(a.p[i - 2]) &&
			    before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[n];
}

void
nearest_offer(struct nearest *nearest, const char *known)
{
	size_t n = strlen(known);
	unsigned d;

	if (n > LONGEST || nearest->word.n > LONGEST || nearest->word.n == 0)
		return;
	d = nearest_distance(nearest->word, known, n);
	if (d < nearest->distance && d < n) {
		nearest->distance = d;
		nearest->best = known;
	}
}

void
nearest_offer_all(struct nearest *nearest, const struct vocabulary *known)
{
	for (unsigned i = 0; i < known->count; i++)
		nearest_offer(nearest, vocabulary_word(known, i));
}
