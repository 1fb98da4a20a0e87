/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/judge/norule.h"

/* Whether a rule of this hop covers one of the names. */
static bool
norule_covers(const struct policy *policy, enum hop hop,
    const struct destinations *names)
{
	struct row rows[TABLE_ROWS];

	for (size_t i = 0; i < names->count; i++)
		if (policy_rows(policy, hop, names->list[i].kind,
			names->list[i].text, !names->list[i].route, rows) > 0)
			return true;
	return false;
}

/* Whether all names of an address are known and were looked up, or it has
 * none: <>, or a local recipient. */
static bool
norule_is_known(const struct destinations *names)
{
	if (names->unknown || names->unreadable || names->cut)
		return false;
	return names->count > 0 || names->null || names->local;
}

struct finding
norule_why(const struct policy *policy, const struct destinations *from,
    const struct destinations *to)
{
	const struct table *table = policy->table;
	bool from_counts = table_has_hop(table, HOP_INBOUND);
	bool to_counts = table_has_recipient_hop(table);

	assert(table != NULL);
	if ((from_counts && !norule_is_known(from)) ||
	    (to_counts && !norule_is_known(to)))
		return (struct finding){ VERDICT_UNDECIDED,
			REASON_NAME_UNREADABLE };
	/* The map answers by that rule when the mail leaves. */
	if (norule_covers(policy, HOP_OUTBOUND, to))
		return (struct finding){ VERDICT_PASS, REASON_ROUTE_COVERED };
	/* The client is not in own_relays: there is no earlier hop. */
	if (norule_covers(policy, HOP_EARLIER, to))
		return (struct finding){ VERDICT_PASS, REASON_NOT_RELAYED };
	/* It is nobody's, so no inbound rule can be about it. */
	if (from_counts && from->null)
		return (struct finding){ VERDICT_PASS, REASON_NULL_SENDER };
	/* Every name is known, and no row has it. */
	return (struct finding){ VERDICT_PASS, REASON_NO_RULE };
}
