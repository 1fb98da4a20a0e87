/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "milter/session/clientkey.h"
#include "policy/base/arena.h"

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
