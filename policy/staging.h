/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * staging - the action that follows from a verdict
 *
 * Staging comes after judging, so log-only differs from enforce in one line of
 * code and one field of the log. Each stage has one row in staging.c. A stage
 * that nobody set, or that is unknown, acts as defer.
 */
#ifndef POLICY_STAGING_H
#define POLICY_STAGING_H

#include <stdbool.h>

#include "policy/base/text.h"
#include "policy/vocabulary.h"

VOCABULARY(stage);

/* Whether mail that fails the rule is still accepted, so that a less specific
 * rule must act too. */
bool stage_acts_below_defer(enum stage stage);
/* Whether mail that fails the rule is kept from the recipient, by whatever
 * means: it is held, deferred or rejected. */
bool stage_keeps_mail(enum stage stage);
/* The order of two stages, as memcmp(3) returns it: less than 0 when mail that
 * fails a rule is treated better at a than at b. */
int stage_compare(enum stage a, enum stage b);
/* Whether the stage adds a header field to mail. */
bool stage_tags(enum stage stage);
/* Whether a rule for hop may have the stage. */
bool stage_is_for(enum stage stage, enum hop hop);
/* Adds the stages that a rule for hop may have: "log-only, defer or reject".
 * STAGE_LIST bytes are enough for them. */
enum { STAGE_LIST = 80 };

void stage_list_for(enum hop hop, struct text *out);

/* What limits the planned action. */
struct action_limits {
	enum mode mode;
	enum exempt exempt;
	bool excepted;                  /* the floor of an exception is met */
	enum action cap;                /* for a null sender; UNSET: none */
	bool can_hold;                  /* the MTA offered quarantine */
	bool can_tag;                   /* the MTA offered header changes */
	bool can_wait;                  /* the end of the message may be waited
	                                 * for: it is sure to come */
};

/*
 * The action that a stage plans for a verdict. Undecided never plans reject:
 * it becomes defer.
 */
enum action staging_plan(enum verdict verdict, enum stage stage);

/*
 * The action that is applied. If the MTA did not offer what an action needs,
 * another takes its place: hold becomes defer, tag becomes pass. Where the end
 * of the message may never come, both become defer.
 */
enum action staging_apply(enum action planned,
    const struct action_limits *limits);
#endif
