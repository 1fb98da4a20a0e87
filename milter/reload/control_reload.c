/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/reload/control_reload.h"
#include "conf/loss.h"
#include "conf/snapshot.h"
#include "conf/state/change.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/reload/restart.h"
#include "policy/base/jsontext.h"

/* Problems that are listed: the log has them all. */
enum { PROBLEMS = 40 };

void
control_policy_add(json_t *answer, const struct policy *policy)
{
	if (policy == NULL)
		return;
	json_object_set_new(answer, "mode",
	    json_string(mode_name(policy->settings.mode)));
	json_object_set_new(answer, "policy", json_string(policy->digest));
	json_object_set_new(answer, "partners",
	    json_integer((json_int_t)table_partners(policy->table)));
	json_object_set_new(answer, "keys",
	    json_integer((json_int_t)table_keys(policy->table)));
}

int
control_reload_consent(const json_t *request, uid_t uid, struct consent *out,
    struct err *e)
{
	struct slice digest = jsontext_at(request, "allow_loss");
	struct change texts = { .reason = jsontext_at(request, "reason") };

	if (!loss_is_digest(digest))
		return err_set(e, "allow_loss is not the digest of a loss");
	if (texts.reason.n == 0)
		return err_set(e, "a loss needs a reason");
	if (change_check_texts(&texts, e) < 0)
		return -1;
	*out = (struct consent){ .actor = { .uid = uid,
		.reason = texts.reason, .clock = loop_wall_ms() / 1000 } };
	memcpy(out->digest, digest.p, digest.n);
	return 0;
}

static json_t *
control_problems_json(const struct problems *problems)
{
	json_t *list = json_array();

	for (size_t i = 0; i < problems_count(problems) && i < PROBLEMS; i++) {
		const struct problem *p = problems_get(problems, i);
		json_t *one = json_object();

		json_object_set_new(one, "severity",
		    json_string(severity_name(p->severity)));
		json_object_set_new(one, "file",
		    jsontext_exact(slice_of(p->file)));
		json_object_set_new(one, "line", json_integer(p->line));
		json_object_set_new(one, "text",
		    jsontext_exact(slice_of(p->text)));
		json_array_append_new(list, one);
	}
	return list;
}

/* What was loaded and does not act: Postfix goes by another file. */
static json_t *
control_not_acting(void)
{
	char text[WARNING_TEXT];
	json_t *list = json_array();

	if (warning_get(WARNING_MAP_STATIC, text))
		json_array_append_new(list, jsontext_exact(slice_of(text)));
	return list;
}

json_t *
control_reload_json(const struct reload_outcome *outcome)
{
	json_t *answer = json_object();
	struct snapshot *now = snapshot_take();
	char why[sizeof(outcome->e.text) + 16];

	json_object_set_new(answer, "ok", json_boolean(outcome->loaded));
	if (outcome->loaded) {
		control_policy_add(answer, snapshot_policy(now));
		json_object_set_new(answer, "warnings", control_not_acting());
	} else {
		snprintf(why, sizeof(why), "not loaded: %s", outcome->e.text);
		json_object_set_new(answer, "error",
		    jsontext_exact(slice_of(why)));
	}
	snapshot_drop(&now);
	json_object_set_new(answer, "problems",
	    control_problems_json(outcome->problems));
	json_object_set_new(answer, "restart", restart_json());
	/* A copy: the loop's thread prints the answer, and the reloader's frees
	 * the outcome meanwhile. */
	if (outcome->difference != NULL)
		json_object_set_new(answer, "difference",
		    json_deep_copy(outcome->difference));
	return answer;
}
