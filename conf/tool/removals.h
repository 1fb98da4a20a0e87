/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * removals - the files of a log that log.keep removed, by its own records
 *
 * The first line of the log names the digest of the line before it. When the
 * record of a removal has that as its end, the daemon removed what is missing;
 * otherwise somebody else did.
 */
#ifndef CONF_TOOL_REMOVALS_H
#define CONF_TOOL_REMOVALS_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/slice.h"

struct removals {
	json_t *by_end;                 /* owns; digest to the record */
	json_t *wanted;                 /* owns; the digest before the first
	                                 * line; null: it begins the log; NULL:
	                                 * no line was read */
};

/* Notes a record of the log, if it is one of a removal. */
void removals_note(struct removals *removals, const json_t *record);
/* Notes the digest before the first line of the log, or "null". */
void removals_begin(struct removals *removals, struct slice prev);

/* How many removals were recorded. */
size_t removals_count(const struct removals *removals);

/*
 * What is missing before the first line, by the records: an object with lines,
 * first, last and date, and with whole, whether that reaches back to the begin
 * of the log. Returns new; NULL: nothing is missing, or no record is about it.
 */
json_t *removals_explain(const struct removals *removals);

void removals_clear(struct removals *removals);
#endif
