/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * textlines - the lines of a string through the interface of a log's lines
 */
#ifndef TESTS_TEXTLINES_H
#define TESTS_TEXTLINES_H

#include "policy/base/lines.h"

struct textlines {
	struct lines lines;
	struct slice rest;
	unsigned long number;
	const char *fails;              /* the error at its end; or NULL */
};

static inline bool
textlines_next(struct lines *lines, struct logline *out, struct err *e)
{
	struct textlines *t = (struct textlines *)lines;

	e->text[0] = '\0';
	if (t->rest.n == 0) {
		if (t->fails != NULL)
			err_at(e, "text", (unsigned)t->number, "%s", t->fails);
		t->fails = NULL;
		return false;
	}
	slice_next(&t->rest, '\n', &out->text);
	out->file = "text";
	out->number = ++t->number;
	return true;
}

/* Borrows text. fails: the error to report at its end, or NULL. */
static inline struct lines *
textlines_init(struct textlines *t, const char *text, const char *fails)
{
	*t = (struct textlines){ .lines.next = textlines_next,
		.rest = slice_of(text), .fails = fails };
	return &t->lines;
}
#endif
