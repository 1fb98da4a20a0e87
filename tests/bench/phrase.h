/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phrase - a command of the milter protocol with its macros, ready to send
 *
 * Made once for all sessions with a filter, from the negotiated terms. Only the
 * number of the destination's row changes with each message.
 */
#ifndef TESTS_BENCH_PHRASE_H
#define TESTS_BENCH_PHRASE_H

#include "tests/driver/wire.h"

/* The longest one, in bytes. */
enum { PHRASE = 2048 };

struct phrase {
	struct wire bytes;
	size_t digits[4];               /* offsets of the row's number */
	unsigned digit_count;
	bool awaited;
	bool wanted;                    /* the filter requested it */
};

struct phrases {
	struct phrase connect;
	struct phrase helo;
	struct phrase mail;
	struct phrase strict;           /* RCPT to a strict destination */
	struct phrase rcpt;
	struct phrase data;
	struct phrase end;
};

void phrases_make(struct phrases *phrases, const struct terms *terms);
void phrases_clear(struct phrases *phrases);

/* Copies the phrase with the number of a row to out, of PHRASE bytes. Returns
 * its length. */
size_t phrase_put(struct phrase *p, unsigned long row, char *out);
#endif
