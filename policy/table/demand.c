/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/table/demand.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/names/domain.h"

bool
peer_group_needs_certificate(const struct peer_group *group)
{
	return group->names.count > 0 || group->subjects.count > 0 ||
	    group->issuers.count > 0 || group->fingerprints.count > 0;
}

bool
peer_group_is_proof(const struct peer_group *group)
{
	return peer_group_needs_certificate(group) || group->logins.count > 0;
}

static void
demand_add_words(struct text *t, const char *key, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		/* Whole, at four octets for each that is escaped. */
		char shown[4 * LIMIT_MACRO + 8];

		slice_show(words->list[i], shown, sizeof(shown));
		if (i == 0)
			text_add(t, " %s=%s", key, shown);
		else
			text_add(t, "|%s", shown);
	}
}

static void
demand_add_group(struct text *t, const struct peer_group *group)
{
	demand_add_words(t, "names", &group->names);
	demand_add_words(t, "subjects", &group->subjects);
	demand_add_words(t, "issuers", &group->issuers);
	demand_add_words(t, "fingerprints", &group->fingerprints);
	demand_add_words(t, "logins", &group->logins);
	for (size_t i = 0; i < group->client_count; i++) {
		char shown[64];

		netrange_show(&group->clients[i], shown, sizeof(shown));
		if (i == 0)
			text_add(t, " clients=%s", shown);
		else
			text_add(t, "|%s", shown);
	}
}

void
demand_add(const struct demand *demand, struct text *out)
{
	assert(demand->peer_count == 0 || demand->peers != NULL);
	text_add(out, "%s", level_name(demand->level));
	if (demand->any_peer)
		text_add(out, " any_peer");
	if (demand->dane)
		text_add(out, " dane");
	for (size_t i = 0; i < demand->peer_count; i++) {
		if (i > 0)
			text_add(out, " or");
		demand_add_group(out, &demand->peers[i]);
	}
	for (unsigned i = 0; i < FLOOR_COUNT; i++) {
		if (demand->floor[i] == 0)
			continue;
		text_add(out, " %s=", floor_name((enum floor)i));
		floor_add_value((enum floor)i, demand->floor[i], out);
	}
}

size_t
demand_show(const struct demand *demand, char *out, size_t size)
{
	struct text t;

	text_init(&t, out, size);
	demand_add(demand, &t);
	return text_end(&t);
}
