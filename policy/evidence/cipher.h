/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cipher - how strong a cipher suite is, by its OpenSSL or IANA name
 */
#ifndef POLICY_EVIDENCE_CIPHER_H
#define POLICY_EVIDENCE_CIPHER_H

#include "policy/base/slice.h"
#include "policy/vocabulary.h"

/*
 * The grade of a suite: high for AES, ARIA, Camellia or ChaCha20 of at least
 * 128 bits, medium for SEED, IDEA and RC4 of 128, GRADE_NONE for anything
 * weaker, anonymous, NULL, export or unknown (RFC 9325 section 4.1).
 */
enum grade cipher_grade(struct slice suite);
#endif
