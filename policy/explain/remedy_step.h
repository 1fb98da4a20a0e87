/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remedy_step - the steps and ways of a remedy as they are put together
 *
 * For the files of remedy alone.
 */
#ifndef POLICY_EXPLAIN_REMEDY_STEP_H
#define POLICY_EXPLAIN_REMEDY_STEP_H

#include "policy/explain/remedy.h"

/* A new, empty way, the last of remedy. */
static inline struct remedy_way *
remedy_new_way(struct remedy *remedy)
{
	struct remedy_way *way;

	if (remedy->count == REMEDY_WAYS)
		remedy->count--;
	way = &remedy->ways[remedy->count++];
	way->count = 0;
	return way;
}

static inline void
remedy_add_step(struct remedy_way *way, const struct remedy_step *step)
{
	if (way->count < REMEDY_STEPS)
		way->steps[way->count++] = *step;
}
#endif
