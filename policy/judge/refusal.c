/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/judge/refusal.h"

void
refusal_add(const struct policy *policy, struct slice ref, enum reason reason,
    struct arena *a, struct ruling *ruling)
{
	struct reply *reply = arena_alloc(a, sizeof(*reply));
	struct reply_words words = { .reference = ref };
	struct decision *list = arena_grow(a, ruling->list, ruling->count,
	    ruling->count + 1, sizeof(*list));

	if (policy != NULL)
		words.help_url = policy->settings.help_url;
	list[ruling->count] = (struct decision){
		.hop = HOP_ENTRY,
		.finding = { VERDICT_UNDECIDED, reason },
		.stage = STAGE_DEFER,
		.planned = ACTION_DEFER,
		.applied = ACTION_DEFER,
	};
	ruling->list = list;
	ruling->strictest = &list[ruling->count++];
	ruling->applied = ACTION_DEFER;
	reply_make(ACTION_DEFER, reason, &words, reply);
	ruling->reply = reply;
}
