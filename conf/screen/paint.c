/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/screen/paint.h"
#include "policy/staging.h"
#include "policy/vocabulary.h"

/* Of the program's own two streams, which one thread writes. */
static bool wanted_now;
static enum paint colour_now = PAINT_NONE;

void
paint_wanted(bool wanted)
{
	wanted_now = wanted_now || wanted;
}

enum paint
paint_now(void)
{
	return colour_now;
}

void
paint(FILE *out, enum paint colour, const char *text)
{
	if (text == NULL)
		text = "-";
	if (!wanted_now || colour == PAINT_NONE) {
		fputs(text, out);
		return;
	}
	fflush(out);
	colour_now = colour;
	fputs(text, out);
	fflush(out);
	colour_now = PAINT_NONE;
}

enum paint
paint_of_verdict(const char *word)
{
	enum verdict verdict;

	if (word == NULL || !verdict_from(slice_of(word), &verdict))
		return PAINT_NONE;
	switch (verdict) {
	case VERDICT_PASS:
		return PAINT_GOOD;
	case VERDICT_FAIL:
		return PAINT_BAD;
	case VERDICT_UNDECIDED:
		break;
	}
	return PAINT_CARE;
}

enum paint
paint_of_action(const char *word)
{
	enum action action;

	if (word == NULL || !action_from(slice_of(word), &action))
		return PAINT_NONE;
	if (action == ACTION_PASS)
		return PAINT_GOOD;
	return action <= ACTION_HOLD ? PAINT_CARE : PAINT_BAD;
}

enum paint
paint_of_stage(const char *word)
{
	enum stage stage;

	if (word == NULL || !stage_from(slice_of(word), &stage))
		return PAINT_NONE;
	return stage <= STAGE_TAG ? PAINT_CARE : PAINT_GOOD;
}
