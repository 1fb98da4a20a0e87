/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/table/floor.h"

/* clang-format off */
#define FLOOR_ROW(id, the_name, the_words, the_most, the_reason, the_before, \
    the_after, the_remedy, earlier, outbound, what) \
	[id] = { \
		.name = the_name, \
		.words = the_words, \
		.most = the_most, \
		.reason = the_reason, \
		.before = the_before, \
		.after = the_after, \
		.remedy = the_remedy, \
		.refusal = { \
			[HOP_EARLIER] = earlier, \
			[HOP_OUTBOUND] = outbound, \
		}, \
	},
/* clang-format on */

static const struct floor_row {
	const char *name;
	const struct vocabulary *(*words)(void);        /* NULL: numbers */
	int most;                       /* of numbers */
	enum reason reason;
	const char *before, *after;     /* the value, in a phrase */
	const char *remedy;             /* before the phrase */
	const char *refusal[HOP_COUNT];
} rows[FLOOR_COUNT] = { FLOORS(FLOOR_ROW) };

const char *
floor_name(enum floor floor)
{
	assert(floor < FLOOR_COUNT);
	return rows[floor].name;
}

enum reason
floor_reason(enum floor floor)
{
	assert(floor < FLOOR_COUNT);
	return rows[floor].reason;
}

const char *
floor_refusal(enum floor floor, enum hop hop)
{
	assert(floor < FLOOR_COUNT && hop < HOP_COUNT);
	return rows[floor].refusal[hop];
}

void
floor_add_value(enum floor floor, int value, struct text *out)
{
	assert(floor < FLOOR_COUNT);
	if (rows[floor].words == NULL)
		text_add(out, "%d", value);
	else
		text_add(out, "%s",
		    vocabulary_name(rows[floor].words(), value));
}

bool
floor_read(enum floor floor, struct slice text, int *out)
{
	long number;

	assert(floor < FLOOR_COUNT);
	if (rows[floor].words != NULL)
		return vocabulary_value(rows[floor].words(), text, out);
	if (!slice_int(text, 1, rows[floor].most, &number))
		return false;
	*out = (int)number;
	return true;
}

void
floor_add_phrase(enum floor floor, int value, struct text *out)
{
	assert(floor < FLOOR_COUNT);
	text_add(out, "%s", rows[floor].before);
	floor_add_value(floor, value, out);
	text_add(out, "%s", rows[floor].after);
}

void
floor_add_remedy(enum floor floor, int value, struct text *out)
{
	assert(floor < FLOOR_COUNT);
	text_add(out, "%s", rows[floor].remedy);
	floor_add_phrase(floor, value, out);
}
