/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * staging - what is done about a verdict
 *
 * Comes after judging, so that log-only differs from enforce by one line of
 * code and one field of the log. All that a stage is, is its row in
 * staging.c; one that nobody set, or nobody knows, acts as defer.
 */
#ifndef POLICY_STAGING_H
#define POLICY_STAGING_H

#include <stdbool.h>

#include "policy/base/text.h"
#include "policy/vocabulary.h"

VOCABULARY(stage);

/* Whether mail that fails still passes, so that a less specific rule has to
 * act beside this one. */
bool stage_acts_below_defer(enum stage stage);
/* Whether the stage puts a header of ours into mail. */
bool stage_tags(enum stage stage);
/* Whether a rule for hop may have the stage. */
bool stage_is_for(enum stage stage, enum hop hop);
/* Room for all of them in one sentence. */
enum { STAGE_LIST = 80 };

/* Adds the stages that a rule for hop may have: "log-only, defer or reject". */
void stage_list_for(enum hop hop, struct text *out);

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

/* What is done of it. An action that the MTA does not offer what it needs for
 * becomes another: hold becomes defer, tag becomes pass. */
enum action staging_apply(enum action planned,
    const struct action_limits *limits);
#endif
