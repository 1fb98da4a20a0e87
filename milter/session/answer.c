/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/session/answer.h"
#include "milter/log/faults.h"
#include "milter/session/messageheader.h"

/* libmilter's parameters are writable strings, but it writes to none. */
static char tag_field[] = MESSAGEHEADER_TAG;

static sfsistat
answer_status_of(const struct reply *refusal)
{
	assert(refusal->action >= ACTION_DEFER);
	return refusal->action == ACTION_REJECT ? SMFIS_REJECT
						: SMFIS_TEMPFAIL;
}

sfsistat
answer_reply(SMFICTX *ctx, const struct reply *refusal)
{
	char code[sizeof(refusal->code)], enhanced[sizeof(refusal->enhanced)];
	char text[2 * LIMIT_REPLY + 1];

	if (refusal == NULL)
		return SMFIS_CONTINUE;
	memcpy(code, refusal->code, sizeof(code));
	memcpy(enhanced, refusal->enhanced, sizeof(enhanced));
	reply_escape(refusal->text, text, sizeof(text));
	if (smfi_setreply(ctx, code, enhanced, text) != MI_SUCCESS)
		fault_count(FAULT_REPLY_REFUSED);
	return answer_status_of(refusal);
}

static bool
answer_insert_tag(SMFICTX *ctx, const char *body)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s", body);
	return smfi_insheader(ctx, 0, tag_field, text) == MI_SUCCESS;
}

static bool
answer_quarantine(SMFICTX *ctx, const char *reason)
{
	char text[512];

	snprintf(text, sizeof(text), "%s", reason);
	return smfi_quarantine(ctx, text) == MI_SUCCESS;
}

bool
answer_make_changes(SMFICTX *ctx, const struct ending *ending)
{
	bool taken = true;

	/* From the last one up: a removed field renumbers those below it. */
	for (unsigned i = ending->forged; i > 0 && taken; i--)
		taken = smfi_chgheader(ctx, tag_field, (int)i, NULL) ==
		    MI_SUCCESS;
	for (size_t i = ending->tag_count; i > 0 && taken; i--)
		taken = answer_insert_tag(ctx, ending->tags[i - 1]);
	if (taken && ending->hold != NULL)
		taken = answer_quarantine(ctx, ending->hold);
	if (!taken)
		fault_count(FAULT_CHANGE_REFUSED);
	return taken;
}
