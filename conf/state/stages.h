/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stages - what the stages that were set with the command do today
 *
 * A stage was set for the demand that its row had then. When the row demands
 * something else now, the old demand goes on acting at that stage, and the new
 * one acts at the stage of the policy file, until a stage is set for it too. So
 * no edit of the file takes away protection that was rolled out; to end it is a
 * decision of its own.
 */
#ifndef CONF_STATE_STAGES_H
#define CONF_STATE_STAGES_H

#include "conf/state/state.h"
#include "policy/base/text.h"

/* So many rules are named. */
enum { STAGES_NAMED = 5 };

/* What the state makes of one rule. */
struct stage_effect {
	const struct stage_entry *entry;        /* NULL: none was set */
	enum stage stage;               /* in force for the row's demand */
	const struct demand *kept;      /* goes on acting; NULL: none */
	enum stage kept_stage;          /* with kept only */
	bool row_changed;               /* its demand, or its stage to one
					 * that is not the entry's */
	const char *void_because;       /* the entry does nothing; or NULL */
};

/*
 * Fills *out for rule, a rule of policy; it borrows from state. state may be
 * NULL.
 *
 * Where only the row's own stage changed, the higher of the two is in force. An
 * entry does nothing where the policy does not allow its stage
 * (policy_allows_stage()), takes stages from the file alone, or has in the file
 * a stage as high for a demand that covers the old one. An entry without its
 * demand, of a state that an older release wrote, has a level only: a lower
 * one is the old demand, a higher one counts as today's.
 */
void stages_effect(const struct state *state, const struct policy *policy,
    const struct rule *rule, struct stage_effect *out);

/* The highest stage that the effect has in force. */
enum stage stages_highest(const struct stage_effect *effect);

/* Adds the first STAGES_NAMED rules whose stage in force is not that of the
 * policy file because their row has changed, and returns how many there are in
 * all. */
size_t stages_add_differing(const struct state *state,
    const struct policy *policy, struct text *out);

/* Removes the entry of that partner and hop, if there is one. */
void stages_remove(struct state *state, struct slice partner, enum hop hop);

/* Sorts the entries of state, as stages_effect() needs them. */
void stages_sort(struct state *state);

/* Fills the stages of overlay for policy. They borrow from state. */
void stages_apply(const struct state *state, const struct policy *policy,
    struct overlay *overlay);
#endif
