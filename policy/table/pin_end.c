/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stddef.h>

#include "policy/table/pin_end.h"

/* The certificate of this fingerprint; NULL when it is not known. */
static const struct dated_certificate *
pin_certificate(const struct peer_group *group, struct slice fingerprint)
{
	for (size_t i = 0; i < group->certificate_count; i++)
		if (slice_eq(group->certificates[i].fingerprint, fingerprint))
			return &group->certificates[i];
	return NULL;
}

const struct dated_certificate *
pin_end_last(const struct peer_group *group)
{
	const struct dated_certificate *last = NULL;

	for (size_t i = 0; i < group->fingerprints.count; i++) {
		const struct dated_certificate *c = pin_certificate(group,
		    group->fingerprints.list[i]);

		if (c == NULL)
			return NULL;
		if (last == NULL || c->ends > last->ends)
			last = c;
	}
	return last;
}

const struct dated_certificate *
pin_end_near(const struct peer_group *group, int64_t now)
{
	const struct dated_certificate *last = pin_end_last(group);

	return last != NULL && last->ends <= now + PIN_END_NOTICE ? last
	    : NULL;
}
