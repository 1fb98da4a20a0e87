/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/table/overlay.h"

static int
overlay_compare(const void *number, const void *kept)
{
	unsigned a = *(const unsigned *)number;
	unsigned b = ((const struct kept_term *)kept)->rule;

	return a < b ? -1 : a > b;
}

const struct kept_term *
overlay_kept(const struct overlay *overlay, const struct rule *rule)
{
	if (overlay == NULL || overlay->kept_count == 0)
		return NULL;
	return bsearch(&rule->number, overlay->kept, overlay->kept_count,
	    sizeof(*overlay->kept), overlay_compare);
}
