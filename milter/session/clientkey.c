/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "milter/session/clientkey.h"
#include "policy/base/limits.h"

/* Two clients that share a slot share their bound. */
enum { SLOTS = 4096 };

/* Any thread's. */
static atomic_uint held[SLOTS];
static pthread_once_t once = PTHREAD_ONCE_INIT;
/* Written once by clientkey_choose(). */
static uint64_t secret[2];

static void
clientkey_choose(void)
{
	arc4random_buf(secret, sizeof(secret));
	secret[1] |= 1;
}

uint64_t
clientkey_of(const struct request *request)
{
	struct netaddr client = request_client(request);
	struct slice site = { (const char *)client.bytes,
		client.family == 4 ? 4 : client.family == 6 ? 8 : 0 };

	pthread_once(&once, clientkey_choose);
	return slice_hash_on(secret[0], secret[1], site);
}

bool
clientkey_hold(uint64_t client, size_t count)
{
	atomic_uint *slot = &held[client % SLOTS];
	unsigned more = (unsigned)count;

	assert(count > 0 && count <= LIMIT_CLIENT_RECIPIENTS);
	if (atomic_fetch_add(slot, more) + more <= LIMIT_CLIENT_RECIPIENTS)
		return true;
	atomic_fetch_sub(slot, more);
	return false;
}

void
clientkey_release(uint64_t client, size_t count)
{
	unsigned before = atomic_fetch_sub(&held[client % SLOTS],
	    (unsigned)count);

	assert(before >= count);
}
