/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rule_stage - the stage that is in force for a rule
 */
#ifndef CONF_SHOW_RULE_STAGE_H
#define CONF_SHOW_RULE_STAGE_H

#include <jansson.h>
#include <stdio.h>

#include "conf/state/stages.h"
#include "conf/state/state.h"
#include "policy/audit/log_only_age.h"
#include "policy/policy.h"

/* How many days a rule may be in log-only before it is overdue. */
enum { RULE_STAGE_OVERDUE_DAYS = 60 };

/* What is known of all rules. Borrows. */
struct rule_stages {
	const struct policy *policy;
	const struct state *state;
	const struct log_only_age *ages;        /* NULL: not known */
	int64_t now;                    /* seconds since 1970 */
};

struct rule_stage {
	const struct rule *rule;
	struct stage_effect effect;
	const struct stage_entry *entry;        /* NULL: the row's stage */
	enum stage stage;               /* in force for the row's demand */
	int64_t since;                  /* seconds since 1970; 0: unknown */
	bool overdue;                   /* log-only for too long */
};

/* The stage of a rule that a partner has. Borrows from known and rule. */
struct rule_stage rule_stage_of(const struct rule_stages *known,
    const struct rule *rule);

/* What the row demanded when its stage was set, and goes on demanding: need,
 * stage and since; null for nothing. Returns new, for json_decref(). */
json_t *rule_stage_kept_json(const struct stage_effect *effect);

/* Returns new, for json_decref(). */
json_t *rule_stage_json(const struct rule_stage *s);

/* Prints such an object as text. */
void rule_stage_print(const json_t *stage, FILE *out);
#endif
