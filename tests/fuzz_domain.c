/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a domain: normalising the result again does not change it. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "policy/names/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_normal(const struct domain *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.",
			d->text[i]) == NULL)
			return false;
	return d->n > 0 && d->text[d->n] == '\0' &&
	    strlen(d->text) == d->n && d->text[0] != '.' &&
	    d->text[d->n - 1] != '.' && strstr(d->text, "..") == NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = { (const char *)data, size };
	struct domain a, b;
	bool found = domain_from(raw, &a);

	if (found) {
		assert(is_normal(&a));
		assert(domain_from(domain_slice(&a), &b));
		assert(strcmp(a.text, b.text) == 0);
	}
	/* Only the plain path removes final dots beyond LIMIT_PATH. */
	if (size <= LIMIT_PATH) {
		assert(domain_from_idna(raw, &b) == found);
		assert(!found || strcmp(a.text, b.text) == 0);
	}
	return 0;
}
