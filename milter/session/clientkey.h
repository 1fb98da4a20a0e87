/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clientkey - by which clients are told apart when something is shared
 *
 * A hash of the address, of an IPv6 address its first 64 bits, which is what
 * one site has. Nobody outside can foresee it, so nobody can choose an address
 * that shares another one's part.
 */
#ifndef MILTER_SESSION_CLIENTKEY_H
#define MILTER_SESSION_CLIENTKEY_H

#include <stdint.h>

#include "policy/judge/request.h"

/* All clients without a known address have one key. Any thread. */
uint64_t clientkey_of(const struct request *request);
#endif
