/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nearest - the known word most like a mistyped one, for a hint
 */
#ifndef CONF_SYNTAX_NEAREST_H
#define CONF_SYNTAX_NEAREST_H

#include "policy/base/slice.h"
#include "policy/vocabulary.h"

struct nearest {
	struct slice word;              /* as typed; borrows */
	const char *best;               /* borrows; NULL: none is close */
	unsigned distance;              /* best must be closer than this */
};

/* Begins a search. Borrows word. */
void nearest_init(struct nearest *nearest, struct slice word);
/* Compares one known word; best is the closest so far. Borrows it. */
void nearest_offer(struct nearest *nearest, const char *known);
void nearest_offer_all(struct nearest *nearest, const struct vocabulary *known);
#endif
