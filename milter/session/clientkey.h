/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clientkey - the key by which something shared is counted for a client
 *
 * A hash of the address, of an IPv6 address its first 64 bits, which is what
 * one site has. Nobody outside can foresee it, so nobody can choose an address
 * that shares another one's part.
 */
#ifndef MILTER_SESSION_CLIENTKEY_H
#define MILTER_SESSION_CLIENTKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/judge/request.h"

/* All clients without a known address have one key. Any thread. */
uint64_t clientkey_of(const struct request *request);

/* Counts a recipient of the client that is kept as count of them; false, and
 * counts none, when it has LIMIT_CLIENT_RECIPIENTS. Any thread, without
 * waiting. */
bool clientkey_hold(uint64_t client, size_t count);
/* Counts count of them less. */
void clientkey_release(uint64_t client, size_t count);
#endif
