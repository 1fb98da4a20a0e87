/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/staging.h"

/* What an action needs of the MTA's milter protocol. */
enum offer { OFFER_NOTHING, OFFER_QUARANTINE, OFFER_HEADERS };

enum {
	ON_OUTBOUND = 1u << HOP_OUTBOUND,
	ON_ALL = (1u << HOP_COUNT) - 1,
	/* The map has no message that it could tag or hold. */
	NOT_OUTBOUND = ON_ALL & ~ON_OUTBOUND
};

/*
 * ROW(word, stage, action, hops, needs, instead): the action is planned when
 * the verdict is fail; instead is planned where the MTA does not offer what
 * the stage needs, and is UNSET for a stage that needs nothing.
 */
/* clang-format off */
#define STAGES(ROW) \
	ROW("log-only", STAGE_LOG_ONLY, ACTION_PASS, ON_ALL, \
	    OFFER_NOTHING, ACTION_UNSET) \
	ROW("tag", STAGE_TAG, ACTION_TAG, NOT_OUTBOUND, \
	    OFFER_HEADERS, ACTION_PASS) \
	ROW("hold", STAGE_HOLD, ACTION_HOLD, NOT_OUTBOUND, \
	    OFFER_QUARANTINE, ACTION_DEFER) \
	ROW("defer", STAGE_DEFER, ACTION_DEFER, ON_ALL, \
	    OFFER_NOTHING, ACTION_UNSET) \
	ROW("reject", STAGE_REJECT, ACTION_REJECT, ON_ALL, \
	    OFFER_NOTHING, ACTION_UNSET)

#define STAGE_WORD(word, stage, ...) { word, stage },
#define STAGE_ROW(word, stage, ...) [stage] = { __VA_ARGS__ },
/* clang-format on */

static const struct word stages[] = { STAGES(STAGE_WORD) };

VOCABULARY_DEFINE(stage, stages, "unset")

static const struct stage_row {
	enum action action;
	unsigned hops;                  /* bits of 1 << HOP_... */
	enum offer needs;
	enum action instead;
} rows[STAGE_COUNT] = {
	/* What nobody set acts as defer. */
	[STAGE_UNSET] = { ACTION_DEFER, 0, OFFER_NOTHING, ACTION_UNSET },
	STAGES(STAGE_ROW)
};

static const struct stage_row *
staging_row_of(enum stage stage)
{
	unsigned n = (unsigned)stage;

	if (n >= STAGE_COUNT || rows[n].action == ACTION_UNSET)
		n = STAGE_UNSET;
	return &rows[n];
}

bool
stage_acts_below_defer(enum stage stage)
{
	return staging_row_of(stage)->action < ACTION_DEFER;
}

bool
stage_keeps_mail(enum stage stage)
{
	return staging_row_of(stage)->action >= ACTION_HOLD;
}

int
stage_compare(enum stage a, enum stage b)
{
	return (int)staging_row_of(a)->action - (int)staging_row_of(b)->action;
}

bool
stage_tags(enum stage stage)
{
	return staging_row_of(stage)->needs == OFFER_HEADERS;
}

bool
stage_is_for(enum stage stage, enum hop hop)
{
	assert(hop < HOP_COUNT);
	return (staging_row_of(stage)->hops & 1u << hop) != 0;
}

void
stage_list_for(enum hop hop, struct text *out)
{
	enum stage last = STAGE_UNSET;

	for (unsigned i = 0; i < STAGE_COUNT; i++)
		if (stage_is_for((enum stage)i, hop))
			last = (enum stage)i;
	for (unsigned i = 0; i < STAGE_COUNT; i++)
		if (stage_is_for((enum stage)i, hop))
			text_join(out, i == last ? " or " : ", ", "%s",
			    stage_name((enum stage)i));
}

enum action
staging_plan(enum verdict verdict, enum stage stage)
{
	enum action planned = staging_row_of(stage)->action;

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

static bool
staging_is_offered(enum offer offer, const struct action_limits *c)
{
	switch (offer) {
	case OFFER_NOTHING:
		return true;
	case OFFER_QUARANTINE:
		return c->can_hold;
	case OFFER_HEADERS:
		return c->can_tag;
	}
	return false;
}

/* Replaces an action that the MTA cannot do, or that waits for an end of the
 * message that may never come. The row of the stage that plans it has what it
 * needs. */
static enum action
staging_offered(enum action planned, const struct action_limits *c)
{
	for (unsigned i = STAGE_UNSET + 1; i < STAGE_COUNT; i++) {
		if (rows[i].action != planned)
			continue;
		if (!staging_is_offered(rows[i].needs, c))
			return rows[i].instead;
		return rows[i].needs == OFFER_NOTHING || c->can_wait
		    ? planned : ACTION_DEFER;
	}
	return ACTION_DEFER;
}

enum action
staging_apply(enum action planned, const struct action_limits *c)
{
	if (!staging_may_act(c))
		return ACTION_PASS;
	planned = staging_offered(planned, c);
	if (c->cap != ACTION_UNSET && planned > c->cap)
		planned = c->cap;
	return planned;
}
