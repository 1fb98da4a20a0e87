/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remedy_fix - what the peer has to prove until its evidence passes
 *
 * For the files of remedy alone.
 */
#ifndef POLICY_EXPLAIN_REMEDY_FIX_H
#define POLICY_EXPLAIN_REMEDY_FIX_H

#include <stdbool.h>

#include "policy/explain/remedy.h"

/* One way in the making: the evidence as it would be after its steps. */
struct fix {
	const struct policy *policy;
	const struct request *request;
	const struct decision *d;
	struct evidence e;
	enum mta mta;                   /* whose macros they are, after steps */
	bool any_mta;                   /* which one it is has to be found */
	bool had_tls;
	bool kept;                      /* the rule demands something else now,
	                                 * and its file changes nothing here */
	bool hopeless;                  /* the hop cannot show what is asked */
	struct arena *arena;
	struct remedy_way *way;
};

/* Makes the evidence pass, check by check, with a step for each change; sets
 * hopeless when no change is enough. */
void remedy_fix_all(struct fix *f);
#endif
