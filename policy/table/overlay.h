/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlay - the exceptions and stages of the state file
 *
 * They apply on top of the policy file, which no program writes. A new overlay
 * needs no reload of the policy; each is immutable while anybody reads it.
 */
#ifndef POLICY_TABLE_OVERLAY_H
#define POLICY_TABLE_OVERLAY_H

#include "policy/table/exception.h"
#include "policy/table/partner.h"
#include "policy/table/pause.h"

/* A demand that a rule had when its stage was set, and that goes on acting at
 * that stage although the row demands something else now. */
struct kept_term {
	unsigned rule;                  /* its number */
	enum stage stage;
	const struct demand *demand;
};

struct overlay {
	const struct exceptions *exceptions;    /* NULL: none */
	const unsigned char *stages;    /* of the row's own demand: enum stage
	                                 * by rule->number; UNSET: the rule's
	                                 * own; NULL: no stages */
	size_t stage_count;
	const struct kept_term *kept;   /* by the number of their rule, at most
	                                 * one a rule */
	size_t kept_count;
	const struct pause *pauses;     /* by hop; NULL: none */
	unsigned long last_loss;        /* the generation in which a loss was
	                                 * taken last; 0: never */
};

/* The stage in force for the row's own demand; overlay may be NULL. */
static inline enum stage
overlay_stage(const struct overlay *overlay, const struct rule *rule)
{
	if (overlay != NULL && rule->number < overlay->stage_count &&
	    overlay->stages[rule->number] != STAGE_UNSET)
		return (enum stage)overlay->stages[rule->number];
	return rule->stage;
}

/* What is kept for rule; NULL: nothing. overlay may be NULL. */
const struct kept_term *overlay_kept(const struct overlay *overlay,
    const struct rule *rule);
#endif
