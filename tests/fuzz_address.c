/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an envelope address: its parts are within the input. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "policy/base/limits.h"
#include "policy/names/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_inside(struct slice part, struct slice whole)
{
	return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice path = { (const char *)data, size };
	struct address a;
	char key[LIMIT_PATH], shorter[LIMIT_PATH];
	size_t n, m;

	if (!address_cut(path, &a))
		return 0;
	assert(size <= LIMIT_PATH);
	assert(is_inside(a.local, path));
	assert(a.domain.p == NULL || is_inside(a.domain, path));
	assert(a.null == (a.local.n == 0));
	assert(!a.null || a.domain.p == NULL);
	n = address_local_key(a.local, '\0', key, sizeof(key));
	m = address_local_key(a.local, '+', shorter, sizeof(shorter));
	assert(n <= a.local.n && m <= n && memcmp(key, shorter, m) == 0);
	assert(address_local_key(a.local, '\0', key, n / 2) == 0 || n == 0);
	assert(!address_is_postmaster(a.local) || n == 10);
	return 0;
}
