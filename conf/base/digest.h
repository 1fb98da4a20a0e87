/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * digest - SHA-256, of one text or of all files of a policy
 *
 * Of a policy the name and length of every file go in before its bytes, in the
 * order they are read, so that bytes which move from one file to another
 * change the digest, and a policy that is copied to another folder keeps it.
 * A digest that cannot be computed ends the process.
 */
#ifndef CONF_BASE_DIGEST_H
#define CONF_BASE_DIGEST_H

#include "conf/base/textfile.h"

enum { DIGEST_TEXT = 64 };      /* lower-case digits; a NUL behind them */

/* Of text alone. */
void digest_text(struct slice text, char out[DIGEST_TEXT + 1]);

struct digest;

/* Returns new; goes with digest_end(). */
struct digest *digest_begin(void);
void digest_add(struct digest *digest, const struct textfile *source);
/* Takes digest. */
void digest_end(struct digest **digest, char out[DIGEST_TEXT + 1]);
#endif
