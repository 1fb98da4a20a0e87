/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain_json - one recipient's treatment, step by step
 *
 * The same for a session that never was and for one on record.
 */
#ifndef CONF_SHOW_EXPLAIN_JSON_H
#define CONF_SHOW_EXPLAIN_JSON_H

#include <jansson.h>

#include "policy/explain/explanation.h"

struct explained {
	const struct policy *policy;
	const struct request *request;
	struct arena *arena;
	const char *mta;                /* "postfix" */
	bool mta_assumed;
	enum mode mode;
	bool for_people;                /* the value is printed as a page */
	const bool *assumed;            /* by macro: not typed but added;
	                                 * NULL: none was */
	struct ruling ruling;
	struct ruling enforced;         /* as in mode enforce */
	struct explained_name *names;
	size_t name_count;
	/* Of one on record; all NULL of one that is made up. */
	const char *when;
	const char *ref;
	const char *queue_id;           /* NULL: none was given out */
	const char *outcome;
	const char *told;               /* NULL: nothing */
	const char *judged_by;          /* digest of the policy */
	const char *note;               /* what must be known to read it */
	const char *hint;               /* what the whole log points at */
	const char **asked;             /* by decision: its demand, in words */
};

/* Returns new; goes with json_decref(). With for_people it has more members
 * than --json prints, and long texts are cut: for explain_print(). */
json_t *explain_json(const struct explained *x);
#endif
