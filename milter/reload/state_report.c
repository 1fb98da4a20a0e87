/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/reload/state_report.h"
#include "conf/effective.h"
#include "conf/state/pending.h"
#include "conf/state/statetext.h"
#include "milter/base/loop.h"
#include "policy/base/jsontext.h"

void
state_report_pauses(json_t *list, const struct state *state)
{
	int64_t now = state_now(state, loop_wall_ms() / 1000);

	for (unsigned hop = 0; state != NULL && hop < HOP_COUNT; hop++) {
		const struct pause *pause = &state->pauses[hop];
		char until[STATETEXT_TIME], reason[200], id[40];

		if (pause->until <= now)
			continue;
		statetext_show_time(pause->until, until);
		slice_show(pause->reason, reason, sizeof(reason));
		slice_show(pause->id, id, sizeof(id));
		json_array_append_new(list, json_sprintf("%s is paused until "
		    "%s (%s, by uid %lu): its rules only log; reason: %s",
		    hop_name((enum hop)hop), until, id, pause->uid, reason));
	}
}

/* A count that is worth a line only if it is not 0. */
static void
state_report_any(json_t *answer, const char *key, size_t count)
{
	if (count > 0)
		json_object_set_new(answer, key, jsontext_count(count));
}

void
state_report_counts(json_t *answer, const struct policy *policy,
    const struct state *state)
{
	int64_t now = state_now(state, loop_wall_ms() / 1000);
	struct effective count;

	if (policy == NULL || state == NULL)
		return;
	effective_count(policy, state, now, &count);
	json_object_set_new(answer, "exceptions",
	    jsontext_count(count.exceptions));
	state_report_any(answer, "exceptions_later", count.exceptions_later);
	state_report_any(answer, "exceptions_void", count.exceptions_void);
	json_object_set_new(answer, "waiting_for_approval",
	    jsontext_count(pending_count(state, now)));
	/* Nobody may believe that it covers the policy file. */
	if (policy->settings.exception_four_eyes)
		json_object_set_new(answer, "four_eyes", json_string("for "
		    "exceptions and pauses; a loss is taken by one person"));
	json_object_set_new(answer, "stages", jsontext_count(count.stages));
	state_report_any(answer, "stages_void", count.stages_void);
}

void
state_report_differing(json_t *answer, const struct policy *policy,
    const struct state *state)
{
	char names[TEXT_SENTENCE];
	struct text t;
	size_t count;

	text_init(&t, names, sizeof(names));
	count = policy == NULL ? 0 : stages_add_differing(state, policy, &t);
	if (count == 0)
		return;
	text_end(&t);
	json_object_set_new(answer, "stages_differ", json_sprintf("%zu: %s%s; "
	    "see `enforcetls check`", count, names,
	    count > STAGES_NAMED ? " and others" : ""));
}
