/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdatomic.h>

#include "milter/base/refid.h"

/* 2020-01-01T00:00:00Z; forty bits of milliseconds last until 2054. */
#define EPOCH_MS INT64_C(1577836800000)

enum { START_DIGITS = 8 };

/* No I, L, O or U, which are confused with 1, 0 and V. */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Written once by refid_init(). */
static char start[START_DIGITS];
static atomic_uint_fast64_t counter;

void
refid_init(int64_t started)
{
	uint64_t since = (uint64_t)(started - EPOCH_MS);

	for (int i = START_DIGITS - 1; i >= 0; i--) {
		start[i] = digits[since & 31];
		since >>= 5;
	}
	atomic_store(&counter, 0);
}

uint64_t
refid_next(void)
{
	return atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed);
}

struct slice
refid_show(uint64_t number, char out[REFID_SIZE])
{
	char reversed[REFID_SIZE];
	size_t n = 0, at = START_DIGITS;

	do {
		reversed[n++] = digits[number & 31];
		number >>= 5;
	} while (number != 0);
	assert(start[0] != '\0');
	memcpy(out, start, START_DIGITS);
	while (n > 0)
		out[at++] = reversed[--n];
	assert(at < REFID_SIZE);
	out[at] = '\0';
	return (struct slice){ out, at };
}
