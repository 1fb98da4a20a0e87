/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dialect_rows - the row of each MTA, for the table in dialect.c
 *
 * Two read functions are used by more than one row.
 */
#ifndef POLICY_EVIDENCE_DIALECT_ROWS_H
#define POLICY_EVIDENCE_DIALECT_ROWS_H

#include "policy/evidence/dialect.h"

const struct dialect *dialect_unknown(void);
const struct dialect *dialect_postfix(void);
const struct dialect *dialect_sendmail(void);

/* Whether the last word of v is a version with one of these majors, of a digit
 * each. */
bool dialect_version_is(struct slice v, struct slice majors);

/* Sendmail's read functions. They are the stricter ones, so an unknown MTA has
 * them too. */
enum proof dialect_sendmail_verified(const struct macros *m);
void dialect_sendmail_names(const struct macros *m, struct arena *a,
    struct evidence *out);
#endif
