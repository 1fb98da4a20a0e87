/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer - what libmilter is told, text and status together
 *
 * A text whose class differs from the status returned with it is silently
 * replaced by a 550 on both MTAs, so nothing else returns a refusal.
 */
#ifndef MILTER_SESSION_ANSWER_H
#define MILTER_SESSION_ANSWER_H

#include <libmilter/mfapi.h>

#include "milter/session/message.h"

/* The status for refusal, its text set; CONTINUE for NULL. */
sfsistat answer(SMFICTX *ctx, const struct reply *refusal);

/* Carries out what an ending asks of the MTA: false when it did not take a
 * part of it. */
bool answer_changes(SMFICTX *ctx, const struct ending *ending);
#endif
