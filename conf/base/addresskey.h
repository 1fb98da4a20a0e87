/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * addresskey - the key of the codes in place of addresses (log.addresses)
 *
 * Whoever has it can test whether a code is that of a known address. It is in
 * a file of its own, never in the log.
 */
#ifndef CONF_BASE_ADDRESSKEY_H
#define CONF_BASE_ADDRESSKEY_H

#include <stdbool.h>

#include "policy/base/err.h"
#include "policy/names/shortening.h"
#include "policy/settings.h"

/* Octets of the path, with its NUL. */
enum { ADDRESSKEY_PATH = SETTINGS_PATH + 32 };

/* Writes the path of the key's file: log.addresses_key, or else
 * "addresses.key" in the state folder. Returns out. */
const char *addresskey_path(const struct settings *settings,
    char out[ADDRESSKEY_PATH]);

/*
 * Fills out with ADDRESSES_HASHED and the key in the file at path, which must
 * be regular and closed to others; one that is missing is made if make is set,
 * with mode 0600. 0, or -1 with e filled.
 */
int addresskey_read(const char *path, bool make, struct shortening *out,
    struct err *e);

/* Whether the key can be read that records of these settings may have been
 * written under, whatever is recorded now; *out has it, or else is all zero. */
bool addresskey_known(const struct settings *settings,
    struct shortening *out);

/* Makes *out what settings ask for. The key cannot be used: it becomes
 * ADDRESSES_DOMAIN, which says less, and -1 is returned with e filled. */
int addresskey_apply(const struct settings *settings, bool make,
    struct shortening *out, struct err *e);
#endif
