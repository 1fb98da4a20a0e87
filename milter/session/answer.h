/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer - the replies that libmilter gets, text and status together
 *
 * When the class of the text differs from the status returned with it, both
 * MTAs silently send a 550 instead. So a refusal is returned only from here.
 */
#ifndef MILTER_SESSION_ANSWER_H
#define MILTER_SESSION_ANSWER_H

#include <libmilter/mfapi.h>

#include "milter/session/message.h"

/* The status for refusal, its text set; CONTINUE for NULL. */
sfsistat answer_reply(SMFICTX *ctx, const struct reply *refusal);

/* Makes the changes that an ending asks for; false: the MTA refused one. */
bool answer_make_changes(SMFICTX *ctx, const struct ending *ending);
#endif
