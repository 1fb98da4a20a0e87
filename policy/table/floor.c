/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/table/floor.h"

#define FLOOR_NAME(id, name, words, most) [id] = name,
#define FLOOR_VOCABULARY(id, name, words, most) [id] = words,

static const char *const names[] = { FLOORS(FLOOR_NAME) };
static const struct vocabulary *(*const vocabularies[])(void) = {
	FLOORS(FLOOR_VOCABULARY)
};

static const char not_received[] = "the evidence of earlier hops is their "
    "Received fields, which do not prove this";

static const struct floor_row {
	enum reason reason;
	const char *before, *after;     /* the value, in a phrase */
	const char *remedy;             /* before the phrase */
	const char *refusal[HOP_COUNT];
} rows[FLOOR_COUNT] = {
	[FLOOR_TLS] = {
		.reason = REASON_VERSION_TOO_LOW,
		.before = "TLS ",
		.after = " or later",
		.remedy = "",
	},
	[FLOOR_BITS] = {
		.reason = REASON_CIPHER_TOO_WEAK,
		.before = "",
		.after = " bits or more",
		.remedy = "a cipher of ",
		.refusal = {
			[HOP_EARLIER] = not_received,
			[HOP_OUTBOUND] = "the MTA's TLS client cannot check "
			    "bits: outbound takes min_grade",
		},
	},
	[FLOOR_GRADE] = {
		.reason = REASON_CIPHER_TOO_WEAK,
		.before = "grade ",
		.after = " or better",
		.remedy = "a cipher of ",
		.refusal = { [HOP_EARLIER] = not_received },
	},
};

const char *
floor_name(enum floor floor)
{
	assert(floor < FLOOR_COUNT);
	return names[floor];
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
	if (vocabularies[floor] == NULL)
		text_add(out, "%d", value);
	else
		text_add(out, "%s",
		    vocabulary_name(vocabularies[floor](), value));
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
