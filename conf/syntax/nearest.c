/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/syntax/nearest.h"

enum { LONGEST = 40 };

void
nearest_init(struct nearest *nearest, struct slice word)
{
	nearest->word = word;
	nearest->best = NULL;
	/* A third of the letters may be wrong; two always. */
	nearest->distance = word.n < 6 ? 3 : (unsigned)(word.n / 3) + 1;
}

static char
nearest_folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '-' ? '_' : c;
}

static unsigned
nearest_least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Letters to insert, drop, change or swap with their neighbour; case is
 * free, and so is a hyphen for an underscore. */
static unsigned
nearest_distance(struct slice a, const char *b, size_t n)
{
	unsigned row[3][LONGEST + 1];
	unsigned *before = row[0], *last = row[1], *now = row[2], *spare;

	for (size_t j = 0; j <= n; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			char x = nearest_folded(a.p[i - 1]),
			     y = nearest_folded(b[j - 1]);

			now[j] = nearest_least(last[j] + 1, now[j - 1] + 1,
			    last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == nearest_folded(b[j - 2]) &&
			    y == nearest_folded(a.p[i - 2]) &&
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
