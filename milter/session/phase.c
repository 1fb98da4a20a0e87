/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/session/phase.h"

#define NONE    EFFECT_NONE
#define ABANDON EFFECT_ABANDON
#define BEGIN   EFFECT_BEGIN
#define RENEW   (EFFECT_ABANDON | EFFECT_BEGIN)

/* At its end a message is kept until it is answered. */
/* clang-format off */
static const struct step steps[PHASE_COUNT][EVENT_COUNT] = {
	[PHASE_IDLE] = {
		[EVENT_MAIL]       = { PHASE_SENDER,     BEGIN },
		[EVENT_RCPT]       = { PHASE_RECIPIENTS, BEGIN },
		[EVENT_OTHER_RCPT] = { PHASE_RECIPIENTS, BEGIN },
		[EVENT_HEADER]     = { PHASE_CONTENT,    BEGIN },
		[EVENT_END]        = { PHASE_IDLE,       NONE },
		[EVENT_ABORT]      = { PHASE_IDLE,       NONE },
		[EVENT_CLOSE]      = { PHASE_DONE,       NONE },
	},
	[PHASE_SENDER] = {
		[EVENT_MAIL]       = { PHASE_SENDER,     RENEW },
		[EVENT_RCPT]       = { PHASE_RECIPIENTS, NONE },
		[EVENT_OTHER_RCPT] = { PHASE_RECIPIENTS, NONE },
		[EVENT_HEADER]     = { PHASE_CONTENT,    NONE },
		[EVENT_END]        = { PHASE_IDLE,       NONE },
		[EVENT_ABORT]      = { PHASE_IDLE,       ABANDON },
		[EVENT_CLOSE]      = { PHASE_DONE,       ABANDON },
	},
	[PHASE_RECIPIENTS] = {
		[EVENT_MAIL]       = { PHASE_SENDER,     RENEW },
		[EVENT_RCPT]       = { PHASE_RECIPIENTS, NONE },
		[EVENT_OTHER_RCPT] = { PHASE_RECIPIENTS, RENEW },
		[EVENT_HEADER]     = { PHASE_CONTENT,    NONE },
		[EVENT_END]        = { PHASE_IDLE,       NONE },
		[EVENT_ABORT]      = { PHASE_IDLE,       ABANDON },
		[EVENT_CLOSE]      = { PHASE_DONE,       ABANDON },
	},
	/* A recipient after headers belongs to another message. */
	[PHASE_CONTENT] = {
		[EVENT_MAIL]       = { PHASE_SENDER,     RENEW },
		[EVENT_RCPT]       = { PHASE_RECIPIENTS, RENEW },
		[EVENT_OTHER_RCPT] = { PHASE_RECIPIENTS, RENEW },
		[EVENT_HEADER]     = { PHASE_CONTENT,    NONE },
		[EVENT_END]        = { PHASE_IDLE,       NONE },
		[EVENT_ABORT]      = { PHASE_IDLE,       ABANDON },
		[EVENT_CLOSE]      = { PHASE_DONE,       ABANDON },
	},
	/* Nothing follows a close on the same session. */
	[PHASE_DONE] = {
		[EVENT_MAIL]       = { PHASE_DONE,       NONE },
		[EVENT_RCPT]       = { PHASE_DONE,       NONE },
		[EVENT_OTHER_RCPT] = { PHASE_DONE,       NONE },
		[EVENT_HEADER]     = { PHASE_DONE,       NONE },
		[EVENT_END]        = { PHASE_DONE,       NONE },
		[EVENT_ABORT]      = { PHASE_DONE,       NONE },
		[EVENT_CLOSE]      = { PHASE_DONE,       NONE },
	},
};
/* clang-format on */

bool
phase_has_message(enum phase phase)
{
	return phase != PHASE_IDLE && phase != PHASE_DONE;
}

struct step
phase_step(enum phase phase, enum event event)
{
	assert(phase < PHASE_COUNT && event < EVENT_COUNT);
	return steps[phase][event];
}
