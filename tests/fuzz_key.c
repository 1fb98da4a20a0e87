/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a key: normalising the result again does not change it. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "policy/names/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_key(const struct key *key)
{
	assert(key->kind != KEY_NONE && key->n > 0 && key->n <= LIMIT_PATH);
	assert(key->text[key->n] == '\0');
}

static void
check_same(const struct key *a, const struct key *b)
{
	assert(a->kind == b->kind && slice_eq(key_slice(a), key_slice(b)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = { (const char *)data, size };
	struct key key, again, host;
	bool in_brackets;
	struct err e;

	e.text[0] = '\0';
	if (key_from_domain(raw, &key, &e) == 0) {
		check_key(&key);
		/* A normalised address has lost the quotes that it needed. */
		if (key.kind != KEY_ADDRESS) {
			assert(key_from_domain(key_slice(&key), &again,
				   &e) == 0);
			check_same(&key, &again);
		}
	} else
		assert(e.text[0] != '\0');
	if (key_from_nexthop(raw, &key, &e) == 0) {
		check_key(&key);
		assert(key_from_nexthop(key_slice(&key), &again, &e) == 0);
		check_same(&key, &again);
	}
	if (key_nexthop_host(raw, &host, &in_brackets)) {
		check_key(&host);
		assert(host.kind == KEY_DOMAIN || host.kind == KEY_LITERAL);
		assert(key_from_domain(key_slice(&host), &again, &e) == 0);
		check_same(&host, &again);
	}
	return 0;
}
