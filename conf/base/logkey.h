/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logkey - a key of the decision log, and the codes made with it
 *
 * The key of the next file is the SHA-256 of the key before: who has a key can
 * make all that follow and none that came before. So what was written under an
 * erased key cannot be changed by who takes the host.
 */
#ifndef CONF_BASE_LOGKEY_H
#define CONF_BASE_LOGKEY_H

#include <stdbool.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

enum {
	LOGKEY_BYTES = 32,
	LOGKEY_TEXT = 64                /* hexadecimal digits */
};

/* The caller erases it with logkey_erase() when it is done. */
struct logkey {
	unsigned long number;           /* from 1; 0: none */
	unsigned char bytes[LOGKEY_BYTES];
};

/* A first key, from the system's random numbers. */
int logkey_make(struct logkey *out, struct err *e);
/* Reads LOGKEY_TEXT digits. */
bool logkey_from(struct slice text, unsigned long number, struct logkey *out);
void logkey_show(const struct logkey *key, char out[LOGKEY_TEXT + 1]);

/* Makes it the next key. */
void logkey_next(struct logkey *key);
/* Makes it the key of that number, which is not before its own. */
void logkey_advance(struct logkey *key, unsigned long number);
void logkey_erase(struct logkey *key);

/* The code over covered and prev, HMAC-SHA256; out ends with a NUL. */
void logkey_mac(const struct logkey *key, struct slice covered,
    struct slice prev, char out[LOGKEY_TEXT + 1]);
#endif
