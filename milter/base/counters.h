/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counters - the register of what the daemon counts
 *
 * A module defines its counters, one row each, and registers them before the
 * event loop runs. What prints them walks the register: the answer of `stats`
 * and the summary of the map. Each is in the table of enforcetlsd(8), with
 * the same help; tests/test_counters.c compares the two.
 */
#ifndef MILTER_BASE_COUNTERS_H
#define MILTER_BASE_COUNTERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum counter_kind {
	COUNTER_TOTAL,                  /* since the start */
	COUNTER_NOW                     /* goes up and down */
};

struct counter {
	const char *name;               /* in `stats` and the manual */
	/* For metrics to come; nothing prints them yet. */
	const char *family;             /* what is counted */
	const char *labels;             /* of which sort; "": one sort */
	const char *help;               /* one sentence, as in the manual */
	const char *summary;            /* its key there; NULL: not in it */
	enum counter_kind kind;
	bool minor;                     /* alone it is worth no summary */
	/* The module leaves the rest zero. */
	atomic_uint_fast64_t value;     /* any thread's */
	uint64_t reported;              /* counter_since()'s */
	bool registered;
	struct counter *next;
};

/* Adds a module's list at the end of the register; one that is there already
 * stays where it is. Borrows list for good. */
void counters_register(struct counter *list, size_t count);

/* The registered counters, in order: the first, and each one's next. */
struct counter *counters_first(void);

/* Counts, from any thread and without waiting. */
void counter_add(struct counter *counter);
void counter_set(struct counter *counter, uint64_t value);
uint64_t counter_value(const struct counter *counter);

/* How much it has grown since the last call. The event loop's alone. */
uint64_t counter_since(struct counter *counter);

/*
 * Writes what was counted since the last summary: the title, then " key=value"
 * for each counter with a summary key. false when none but minor ones has
 * grown. The event loop's alone.
 */
bool counters_summary(const char *title, char *out, size_t size);
#endif
