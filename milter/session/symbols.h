/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbols - the milter macros, read from libmilter
 *
 * libmilter frees its strings when the MTA sends macros again (FACTS 97): a
 * caller that keeps one copies it. No other module reads macros of libmilter.
 */
#ifndef MILTER_SESSION_SYMBOLS_H
#define MILTER_SESSION_SYMBOLS_H

#include <libmilter/mfapi.h>

#include "policy/evidence/macros.h"

/* Makes the names for smfi_getsymval(), which takes a writable string. Call it
 * once, before other threads run. */
void symbols_init(void);

/* The list for smfi_setsymlist(): every macro of policy/evidence/macros.h. */
char *symbols_list(void);

/* The same for DATA: the queue id alone. */
char *symbols_at_data(void);

/* Reads every macro that can matter at RCPT, each cut to one octet more than
 * LIMIT_MACRO, which fits nothing. *out borrows from libmilter until the
 * callback returns. */
void symbols_read(SMFICTX *ctx, struct macros *out);

/* The queue id alone, at DATA and at the end of a message. Borrows like
 * symbols_read(). */
struct slice symbols_queue_id(SMFICTX *ctx);
#endif
