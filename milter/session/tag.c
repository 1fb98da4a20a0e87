/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/session/tag.h"
#include "policy/reason.h"

enum {
	/* More tags than this on one message add nothing. */
	TAGS = 8,
	/* A host name, escaped. */
	HOST = 300
};

static bool
tag_has_rule(const struct tags *tags, const struct rule *rule)
{
	for (size_t i = 0; i < tags->count; i++)
		if (tags->rules[i] == rule)
			return true;
	return false;
}

static const char *
tag_body(struct arena *a, const struct recipient_record *r,
    const struct decision *d)
{
	char host[HOST], partner[80], ref[40];

	slice_show(macros_get(&r->request.common->macros, MACRO_HOSTNAME), host,
	    sizeof(host));
	slice_show(d->partner, partner, sizeof(partner));
	slice_show(r->request.ref, ref, sizeof(ref));
	return arena_printf(a, "%s; partner=%s; hop=%s; reason=%s; ref=%s",
	    host, partner, hop_name(d->hop), reason_name(d->finding.reason),
	    ref);
}

static void
tag_add_ruling(struct tags *tags, struct arena *a,
    const struct recipient_record *r, const struct ruling *ruling)
{
	for (size_t i = 0; i < ruling->count; i++) {
		const struct decision *d = &ruling->list[i];

		if (d->applied != ACTION_TAG || tag_has_rule(tags, d->rule))
			continue;
		if (tags->count == TAGS)
			return;
		if (tags->list == NULL) {
			tags->list = arena_array(a, TAGS,
			    sizeof(*tags->list));
			tags->rules = arena_array(a, TAGS,
			    sizeof(*tags->rules));
		}
		assert(tags->count < TAGS);
		tags->rules[tags->count] = d->rule;
		tags->list[tags->count++] = tag_body(a, r, d);
	}
}

void
tags_add(struct tags *tags, struct arena *a, const struct recipient_record *r)
{
	tag_add_ruling(tags, a, r, &r->ruling);
	if (r->at_end != NULL)
		tag_add_ruling(tags, a, r, r->at_end);
}

const char *
tag_hold_reason(struct arena *a, const struct recipient_record *r)
{
	const struct decision *d = recipient_record_ruling(r)->strictest;
	char partner[80], ref[40];

	assert(d != NULL);
	slice_show(d->partner, partner, sizeof(partner));
	slice_show(r->request.ref, ref, sizeof(ref));
	return arena_printf(a, "enforcetls: %s for %s, %s (ref %s)",
	    reason_name(d->finding.reason), partner, hop_name(d->hop), ref);
}
