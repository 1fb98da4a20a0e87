/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * synopsis - the calls that a synopsis of enforcetls allows
 *
 * "add HOP --until DATE [--ticket T] | list" allows "add HOP --until DATE",
 * the same with "--ticket T", and "list". "(A | B)" is one of both.
 */
#ifndef TESTS_DRIVER_SYNOPSIS_H
#define TESTS_DRIVER_SYNOPSIS_H

#include "policy/base/arena.h"
#include "policy/base/slice.h"

enum { SYNOPSIS_WORDS = 32 };

/* One call: its words as the synopsis has them, without "...". */
struct synopsis_form {
	struct slice words[SYNOPSIS_WORDS];
	size_t count;
	bool has_option;        /* one that the synopsis does not require */
};

struct synopsis {
	struct synopsis_form *forms;
	size_t count, room;
};

/* Adds what text allows, to *out in a. Borrows text. false: its brackets do not
 * match, or it has too many words. */
bool synopsis_read(struct slice text, struct arena *a, struct synopsis *out);
#endif
