/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * digest - SHA-256 of one text or of all files of a policy
 *
 * The digest of a policy covers the name, the length and the bytes of each
 * file, in the order they are read. So bytes that move from one file to
 * another change it; copying the policy to another folder does not. A digest
 * that cannot be computed ends the process.
 */
#ifndef CONF_BASE_DIGEST_H
#define CONF_BASE_DIGEST_H

#include "conf/base/textfile.h"

enum {
	DIGEST_BYTES = 32,
	DIGEST_TEXT = 64                /* hexadecimal digits, in lower case */
};

/* Writes bytes as hexadecimal digits; out ends with a NUL. */
void digest_show(const unsigned char bytes[DIGEST_BYTES],
    char out[DIGEST_TEXT + 1]);

/* The digest of text alone; out ends with a NUL. */
void digest_text(struct slice text, char out[DIGEST_TEXT + 1]);

struct digest;

/* Returns new; goes with digest_end(). */
struct digest *digest_begin(void);
void digest_add(struct digest *digest, const struct textfile *file);
/* Adds bytes alone, without their length. */
void digest_add_bytes(struct digest *digest, struct slice bytes);
/* Takes digest, which becomes NULL; out ends with a NUL. */
void digest_end(struct digest **digest, char out[DIGEST_TEXT + 1]);
#endif
