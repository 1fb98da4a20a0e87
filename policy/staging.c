/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/staging.h"

static enum action
staging_action_of(enum stage stage)
{
	switch (stage) {
	case STAGE_LOG_ONLY:
		return ACTION_PASS;
	case STAGE_TAG:
		return ACTION_TAG;
	case STAGE_HOLD:
		return ACTION_HOLD;
	case STAGE_REJECT:
		return ACTION_REJECT;
	case STAGE_DEFER:
	case STAGE_UNSET:
		break;
	}
	return ACTION_DEFER;
}

enum action
staging_plan(enum verdict verdict, enum stage stage)
{
	enum action planned = staging_action_of(stage);

	switch (verdict) {
	case VERDICT_PASS:
		return ACTION_PASS;
	case VERDICT_FAIL:
		return planned;
	case VERDICT_UNDECIDED:
		break;
	}
	return planned == ACTION_REJECT ? ACTION_DEFER : planned;
}

static bool
staging_may_act(const struct action_limits *c)
{
	return c->mode == MODE_ENFORCE && c->exempt == EXEMPT_NONE &&
	    !c->excepted;
}

enum action
staging_apply(enum action planned, const struct action_limits *c)
{
	if (!staging_may_act(c))
		return ACTION_PASS;
	if (planned == ACTION_HOLD && !c->can_hold)
		planned = ACTION_DEFER;
	if (planned == ACTION_TAG && !c->can_tag)
		planned = ACTION_PASS;
	if (planned == ACTION_UNSET)
		planned = ACTION_DEFER;
	if (c->cap != ACTION_UNSET && planned > c->cap)
		planned = c->cap;
	return planned;
}
