/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lines - the interface through which policy/ reads lines of text
 *
 * policy/audit reads a log through it and opens no file itself:
 * conf/audit/logreader implements it for logs, the tests for strings.
 */
#ifndef POLICY_BASE_LINES_H
#define POLICY_BASE_LINES_H

#include "policy/base/err.h"
#include "policy/base/slice.h"

struct logline {
	struct slice text;              /* without its newline */
	const char *file;               /* for messages */
	unsigned long number;           /* in file, from 1 */
};

/* The first member of the struct that implements it. */
struct lines {
	/*
	 * Reads the next line into *out, which borrows until the next call.
	 * Returns false at the end, when e->text is "", or when a file could
	 * not be read to its end; the next call then goes on after it.
	 */
	bool (*next)(struct lines *lines, struct logline *out, struct err *e);
};

static inline bool
lines_next(struct lines *lines, struct logline *out, struct err *e)
{
	return lines->next(lines, out, e);
}
#endif
