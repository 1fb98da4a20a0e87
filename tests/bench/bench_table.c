/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_table - measures time and memory of a table of many rows
 *
 * Adds generated rows as a text table does. Prints the load time, the bytes per
 * row, and the time of a successful and of a failed look-up. Asserts nothing
 * about time.
 *
 *	tests/bench/bench_table [ROWS]
 */
#include "config.h"

#include <time.h>

#include "policy/names/domain.h"
#include "policy/table/table.h"

enum { ROWS = 1000000, NAMES = 1 << 20, ROUNDS = 5 };

/* CPU time: other programs do not count. */
static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double took[ROUNDS])
{
	qsort(took, ROUNDS, sizeof(took[0]), compare);
	return took[ROUNDS / 2];
}

static uint64_t
random_next(void)
{
	static uint64_t seed = 0x9e3779b97f4a7c15u;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* The key of row i: every fourth covers sub-domains. About 20 octets. */
static struct slice
row_key(unsigned i, char out[64])
{
	static const char *const ends[] = { "example", "test", "co.example",
		"org.test" };
	int n = snprintf(out, 64, "%scustomer%u.%s", i % 4 == 0 ? "." : "", i,
	    ends[i / 4 % 4]);

	return (struct slice){ out, (size_t)n };
}

struct made_keys {
	char *bytes;
	struct slice *keys;
	size_t rows;
	size_t size;
};

/* Made in advance, so that their creation is not timed. */
static void
made_keys_fill(struct made_keys *t, size_t rows)
{
	t->rows = rows;
	t->size = 0;
	t->bytes = xmalloc(rows * 48);
	t->keys = xmalloc(rows * sizeof(t->keys[0]));
	for (size_t i = 0; i < rows; i++) {
		char key[64];
		struct slice s = row_key((unsigned)i, key);

		memcpy(t->bytes + t->size, s.p, s.n);
		t->keys[i] = (struct slice){ t->bytes + t->size, s.n };
		t->size += s.n;
	}
}

/* Returns new; goes with table_destroy(). */
static struct table *
load(const struct made_keys *text, bool reserve, double *took)
{
	double begin = seconds();
	struct table *t = table_create();
	struct partner *p = arena_alloc(table_arena(t), sizeof(*p));
	unsigned partner = table_add_partner(t, p);
	struct place first;

	if (reserve)
		table_reserve(t, text->rows, text->size);
	for (size_t i = 0; i < text->rows; i++)
		if (table_claim(t, text->keys[i], partner, TABLE_ALL_HOPS,
			(struct place){ "rows", (unsigned)i + 1 },
			&first) != 0)
			abort();
	table_seal(t);
	*took = seconds() - begin;
	return t;
}

/* Names to look up, one after the other as they arrive. */
struct names {
	char *bytes;
	struct slice list[NAMES];
};

/* A name that row i covers, or one of three labels that none does. */
static int
write_name(unsigned i, bool hit, char *out, size_t size)
{
	char key[64];
	struct slice s = row_key(i, key);

	if (!hit)
		return snprintf(out, size, "mx%u.stranger%u.test", i % 7, i);
	return snprintf(out, size, "%s%.*s", s.p[0] == '.' ? "mx" : "",
	    SLICE_ARGS(s));
}

static void
names_fill(struct names *names, size_t rows, bool hit)
{
	size_t used = 0;

	names->bytes = xmalloc((size_t)NAMES * 64);
	for (size_t i = 0; i < NAMES; i++) {
		unsigned row = (unsigned)(random_next() % rows);
		int n = write_name(row, hit, names->bytes + used, 64);

		names->list[i] = (struct slice){ names->bytes + used,
			(size_t)n };
		used += (size_t)n;
	}
}

/* Nanoseconds a look-up, the median of some rounds. */
static double
time_lookups(const struct table *t, const struct names *names, size_t want)
{
	double took[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		double begin = seconds();
		size_t found = 0;

		for (size_t i = 0; i < NAMES; i++) {
			struct row rows[TABLE_ROWS];

			found += table_domain(t, names->list[i], rows);
		}
		took[round] = (seconds() - begin) / NAMES * 1e9;
		if (found != want * NAMES)
			fprintf(stderr, "found %zu rows, wanted %zu\n", found,
			    want * (size_t)NAMES);
	}
	return median(took);
}

/*
 * The time of one read at a random place in so many bytes, if it depends on the
 * read before. A successful look-up needs two of these, one in the index and
 * one in the row.
 */
static double
time_reads(size_t bytes)
{
	size_t lines = bytes / 64, at = 0;
	size_t (*line)[8] = xcalloc(lines, sizeof(*line));
	double took[ROUNDS];

	/* One cycle through all lines, shuffled (Sattolo). */
	for (size_t i = 0; i < lines; i++)
		line[i][0] = i;
	for (size_t i = lines - 1; i > 0; i--) {
		size_t j = random_next() % i, other = line[i][0];

		line[i][0] = line[j][0];
		line[j][0] = other;
	}
	for (int round = 0; round < ROUNDS; round++) {
		double begin = seconds();

		for (size_t i = 0; i < NAMES; i++)
			at = line[at][0];
		took[round] = (seconds() - begin) / NAMES * 1e9;
	}
	if (at >= lines)
		abort();
	free(line);
	return median(took);
}

static double
time_domain_from(const struct names *names)
{
	double took[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		double begin = seconds();

		for (size_t i = 0; i < NAMES; i++) {
			struct domain d;

			if (!domain_from(names->list[i], &d))
				abort();
		}
		took[round] = (seconds() - begin) / NAMES * 1e9;
	}
	return median(took);
}

int
main(int argc, char **argv)
{
	static struct names hits, misses;
	struct made_keys text;
	struct table *t;
	long rows = ROWS;
	double took;

	if (argc > 1 && !slice_int(slice_of(argv[1]), 16, 100000000, &rows))
		return EXIT_FAILURE;
	made_keys_fill(&text, (size_t)rows);
	for (int reserve = 0; reserve < 2; reserve++) {
		t = load(&text, reserve, &took);
		printf("load %ld rows, %s: %.3f s\n", rows,
		    reserve ? "size known before" : "growing", took);
		if (reserve == 0)
			table_destroy(&t);
	}
	printf("bytes a row: %.1f, of it the key %.1f\n",
	    (double)table_bytes(t) / (double)rows,
	    (double)text.size / (double)rows);
	names_fill(&hits, (size_t)rows, true);
	names_fill(&misses, (size_t)rows, false);
	printf("look-up that finds: %.0f ns\n", time_lookups(t, &hits, 1));
	printf("look-up that does not: %.0f ns\n",
	    time_lookups(t, &misses, 0));
	printf("one random read of as many bytes: %.0f ns\n",
	    time_reads(table_bytes(t)));
	printf("domain_from, plain: %.0f ns\n", time_domain_from(&misses));
	table_destroy(&t);
	free(hits.bytes);
	free(misses.bytes);
	free(text.keys);
	free(text.bytes);
	return EXIT_SUCCESS;
}
