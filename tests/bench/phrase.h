/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phrase - a command of the milter protocol with its macros, ready to be sent
 *
 * Made once for all sessions with a filter, by what it negotiated; only the
 * number of the destination's row changes from message to message.
 */
#ifndef TESTS_BENCH_PHRASE_H
#define TESTS_BENCH_PHRASE_H

#include "tests/driver/wire.h"

/* None is longer. */
enum { PHRASE = 2048 };

struct phrase {
	struct wire bytes;
	size_t digits[4];               /* where the row's number stands */
	unsigned digit_count;
	bool awaited;
	bool said;                      /* the filter wants to hear it */
};

struct phrases {
	struct phrase connect;
	struct phrase helo;
	struct phrase mail;
	struct phrase strict;           /* RCPT to who asks for more */
	struct phrase rcpt;
	struct phrase data;
	struct phrase end;
};

void phrases_make(struct phrases *phrases, const struct terms *terms);
void phrases_clear(struct phrases *phrases);

/* Copies the phrase to out with the number of a row put in; returns its
 * length. */
size_t phrase_put(struct phrase *p, unsigned long row, char *out);
#endif
