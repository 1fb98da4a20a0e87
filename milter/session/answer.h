/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer - the replies that libmilter gets, text and status together
 *
 * When the class of the text differs from the status returned with it, both
 * MTAs drop the text, and a deferral may become a bounce (FACTS 50). So a
 * refusal is returned only from here.
 */
#ifndef MILTER_SESSION_ANSWER_H
#define MILTER_SESSION_ANSWER_H

#include <libmilter/mfapi.h>

#include "milter/session/message.h"

/* Sets the text of refusal as the reply to the current command and returns the
 * status of the same class: REJECT or TEMPFAIL; CONTINUE for NULL. A text that
 * libmilter does not take is counted as a fault; the status stays. */
sfsistat answer_reply(SMFICTX *ctx, const struct reply *refusal);

/* Edits the message as ending requests: removes forged fields, adds tags,
 * quarantines. Only at the end of a message. false: a change was refused, which
 * is counted as a fault; those before it were made. */
bool answer_make_changes(SMFICTX *ctx, const struct ending *ending);
#endif
