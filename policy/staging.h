/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * staging - what is done about a verdict
 *
 * Comes after judging, so that log-only differs from enforce by one line of
 * code and one field of the log.
 */
#ifndef POLICY_STAGING_H
#define POLICY_STAGING_H

#include <stdbool.h>

#include "policy/vocabulary.h"

/* What stands between the plan and what is done. */
struct action_limits {
	enum mode mode;
	enum exempt exempt;
	bool excepted;                  /* an exception's floor was proven */
	enum action cap;                /* null sender; UNSET or REJECT: none */
	bool can_hold;                  /* the MTA offered quarantine */
	bool can_tag;                   /* the MTA offered header changes */
};

/*
 * What a stage makes of a verdict. An undecided one is never rejected for
 * good: reject becomes defer.
 */
enum action staging_plan(enum verdict verdict, enum stage stage);

/* What is done of it. Hold becomes defer where the MTA cannot hold, tag
 * becomes pass where it cannot add a header. */
enum action staging_apply(enum action planned,
    const struct action_limits *limits);
#endif
