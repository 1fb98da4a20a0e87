/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain_json - how one recipient is treated, step by step
 *
 * One value for an invented session and for a recorded one.
 */
#ifndef CONF_EXPLAIN_EXPLAIN_JSON_H
#define CONF_EXPLAIN_EXPLAIN_JSON_H

#include <jansson.h>

#include "policy/audit/tls_cause.h"
#include "policy/explain/explanation.h"

/* Why a certificate was not verified. Borrows; the texts are printable. */
struct explained_cause {
	enum tls_cause cause;
	enum mta mta;
	const char *doubt;              /* why the MTA's log does not tell;
	                                 * NULL: it does */
	const char *said;               /* its line, and where that is; NULL:
	                                 * there is none */
	const char *where;
};

/* Borrows everything; the texts are printable. */
struct explained {
	const struct policy *policy;
	const struct request *request;
	struct arena *arena;
	int64_t now;                    /* seconds since 1970, for the
	                                 * answers to Postfix */
	const char *mta;                /* "postfix" */
	bool mta_assumed;
	enum mode mode;
	bool for_people;                /* for explain_print() */
	const bool *assumed;            /* by macro: it was filled in; NULL:
	                                 * none was */
	struct ruling ruling;
	struct ruling enforced;         /* as in mode enforce */
	struct explained_name *names;
	size_t name_count;
	/* Of a recorded session; all NULL for an invented one. */
	const char *when;
	const char *ref;
	const char *queue_id;           /* NULL: it had none yet */
	const char *outcome;
	const char *reply;              /* NULL: enforcetls gave none */
	const char *judged_under;       /* digest of the policy then; NULL: not
	                                 * recorded */
	const char *note;               /* what the reader must know of it */
	const char *hint;               /* the likely cause, by the whole log */
	const char **asked;             /* by decision: its demand, in words */
	const struct explained_cause **causes;  /* by decision; NULL: it has
	                                 * nothing to do with that */
	const char **paused;            /* by decision: the id of the pause
	                                 * that it was made under, or NULL */
};

/* Returns new; goes with json_decref(). With for_people it has more members
 * than --json prints, and long texts are cut. */
json_t *explain_json(const struct explained *x);
#endif
