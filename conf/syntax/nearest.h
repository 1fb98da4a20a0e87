/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nearest - the known word that a mistyped one was meant to be
 */
#ifndef CONF_SYNTAX_NEAREST_H
#define CONF_SYNTAX_NEAREST_H

#include "policy/base/slice.h"
#include "policy/vocabulary.h"

struct nearest {
	struct slice word;              /* as typed; borrows */
	const char *best;               /* borrows; NULL: none is near */
	unsigned distance;
};

void nearest_init(struct nearest *nearest, struct slice word);
/* Considers one known word. */
void nearest_offer(struct nearest *nearest, const char *known);
void nearest_offer_all(struct nearest *nearest, const struct vocabulary *known);
#endif
