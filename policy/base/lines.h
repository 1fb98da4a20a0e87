/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lines - lines of text that somebody else reads, one at a time
 *
 * Whoever judges what was logged takes its lines from here, so that it opens
 * no file: conf/audit/logreader hands it a log, a test a string.
 */
#ifndef POLICY_BASE_LINES_H
#define POLICY_BASE_LINES_H

#include "policy/base/err.h"
#include "policy/base/slice.h"

struct logline {
	struct slice text;              /* without its newline */
	const char *file;               /* where it is from, for messages */
	unsigned long number;           /* its line in file, from 1 */
};

/* The first member of whatever reads them. */
struct lines {
	/*
	 * The next line; it is good until the next call. false at the end,
	 * or, with e->text not "", when something could not be read to its
	 * end (the call after it goes on behind that).
	 */
	bool (*next)(struct lines *lines, struct logline *out, struct err *e);
};

static inline bool
lines_next(struct lines *lines, struct logline *out, struct err *e)
{
	return lines->next(lines, out, e);
}
#endif
