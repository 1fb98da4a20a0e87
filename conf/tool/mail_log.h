/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mail_log - the MTA's log, read for what it says of a few sessions
 *
 * Only the time around them is read: rotated files that ended before are left
 * out, and reading ends an hour after the last.
 */
#ifndef CONF_TOOL_MAIL_LOG_H
#define CONF_TOOL_MAIL_LOG_H

#include "policy/audit/causefinder.h"

/* The words for MAIL_LOG that are no path. */
#define MAIL_LOG_JOURNAL "journal"
#define MAIL_LOG_NONE "none"

struct mail_log {
	const char *where;              /* what was read, for a message; NULL:
	                                 * nothing */
	const char *problem;            /* why nothing, or not all, was read;
	                                 * NULL: all was */
};

/*
 * Answers count questions from the log at place: a path, whose rotated files
 * are read too, one of the words above, or NULL: the usual files, or else the
 * journal. Fills answers, which has count elements, and *out; texts are in a.
 */
void mail_log_answer(const char *place, const struct cause_question *questions,
    size_t count, struct arena *a, struct cause_answer *answers,
    struct mail_log *out);
#endif
