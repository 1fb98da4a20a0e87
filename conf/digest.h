/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * digest - SHA-256 over the files of a policy, in the order they are read
 *
 * The name and length of every file go in before its bytes, so that bytes
 * which move from one file to another change the digest, and a policy that is
 * copied to another folder keeps it.
 */
#ifndef CONF_DIGEST_H
#define CONF_DIGEST_H

#include "conf/textfile.h"

struct digest;

/* Returns new; goes with digest_end(). */
struct digest *digest_begin(void);
void digest_add(struct digest *digest, const struct textfile *source);
/* Takes digest. Writes 64 lower-case digits and a NUL. */
void digest_end(struct digest **digest, char out[65]);
#endif
