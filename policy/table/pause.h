/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pause - a time in which the rules of a hop only log
 *
 * An administrator's lever for the night. It always ends: the callers pass the
 * time, so one that has ended no longer applies even if nobody removed it.
 */
#ifndef POLICY_TABLE_PAUSE_H
#define POLICY_TABLE_PAUSE_H

#include <stdint.h>

#include "policy/base/slice.h"

struct pause {
	struct slice id;
	int64_t since;                  /* seconds since 1970 */
	int64_t until;                  /* the same; 0: there is none */
	unsigned long uid;              /* who paused it */
	struct slice reason;
};
#endif
