/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlay - what the state file lays over the policy file
 *
 * Exceptions, and stages set with the tool. The policy file stays the
 * administrator's own; this changes under it without a reload, and both are
 * immutable while anybody reads them.
 */
#ifndef POLICY_TABLE_OVERLAY_H
#define POLICY_TABLE_OVERLAY_H

#include "policy/table/exception.h"
#include "policy/table/partner.h"

struct overlay {
	const struct exceptions *exceptions;    /* NULL: none */
	const unsigned char *stages;    /* enum stage by rule->number; UNSET:
	                                 * the rule's own. NULL: none set */
	size_t stage_count;
};

/* The stage a rule acts at; overlay may be NULL. */
static inline enum stage
overlay_stage(const struct overlay *overlay, const struct rule *rule)
{
	if (overlay != NULL && rule->number < overlay->stage_count &&
	    overlay->stages[rule->number] != STAGE_UNSET)
		return (enum stage)overlay->stages[rule->number];
	return rule->stage;
}
#endif
