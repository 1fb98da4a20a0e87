/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proposal - rows for the applications that no row covers
 *
 * Each is a service with the strictest level that all its mail has proven. The
 * same login or certificate at several listeners is one row.
 */
#ifndef POLICY_USAGE_PROPOSAL_H
#define POLICY_USAGE_PROPOSAL_H

#include "policy/usage/applications.h"

enum {
	PROPOSAL_PLACES = 8,
	PROPOSAL_APPLICATIONS = 8,
	/* Rows that are proposed at a time. */
	PROPOSALS = 100
};

/* Borrows from the applications. */
struct proposal {
	struct slice name;              /* that no row of the policy has */
	const char *list;               /* the key: "logins"; NULL: the log
	                                 * does not show what would find it */
	struct words values;            /* of the list; as text for a file:
	                                 * printable ASCII */
	enum level level;
	bool modern;                    /* all came with TLS 1.2 or later */
	struct service_place places[PROPOSAL_PLACES];
	size_t place_count;             /* 0: where it came in is not known, or
	                                 * by too many */
	bool anywhere;                  /* the latter: place_count is 0 */
	const struct application *applications[PROPOSAL_APPLICATIONS];
	size_t application_count;       /* the first ones */
};

/*
 * Makes the rows for those of the count applications that have mail without a
 * row, in their order, into an array in a. Returns how many, PROPOSALS at most;
 * *left is how many applications are in none.
 */
size_t proposals_make(const struct policy *policy,
    const struct application *const *applications, size_t count,
    struct arena *a, struct proposal **out, size_t *left);
#endif
