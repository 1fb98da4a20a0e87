/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/reload/log_report.h"
#include "conf/base/amount.h"
#include "conf/state/statetext.h"
#include "milter/log/logkeep.h"

/* Returns new. */
static json_t *
log_report_scope(const struct policy *policy, int64_t now)
{
	const struct settings *s = &policy->settings;
	char date[STATETEXT_TIME];

	statetext_show_time(s->scope_until, date);
	if (policy->candidate != NULL)
		return json_string("all, while a candidate is set");
	if (s->scope != SCOPE_ALL)
		return json_string(log_scope_name(s->scope));
	if (s->scope_until == 0)
		return json_string("all, without an end");
	return json_sprintf(settings_scope(s, now) == SCOPE_ALL
	    ? "all until %s" : "demanded, since all ended at %s", date);
}

/* How long it is kept. */
static void
log_report_add_keep(json_t *answer, const struct settings *s)
{
	struct logkeep_report report = logkeep_report();
	char text[AMOUNT_TEXT], oldest[STATETEXT_TIME];
	json_t *keep = json_string(amount_show_duration(s->log_keep, text));

	if (report.waits > 0) {
		json_t *kept = keep;

		keep = json_sprintf("%s, believed in %s: nothing is removed "
		    "until then", json_string_value(kept),
		    amount_show_duration(report.waits, text));
		json_decref(kept);
	}
	json_object_set_new(answer, "log_keep", keep);
	if (report.oldest == 0)
		return;
	statetext_show_time(report.oldest, oldest);
	json_object_set_new(answer, "log_oldest", json_string(oldest));
}

void
log_report_add(json_t *answer, const struct policy *policy, int64_t now)
{
	if (policy == NULL || (policy->settings.decisions.p == NULL &&
	    !policy->settings.syslog))
		return;
	json_object_set_new(answer, "log_scope",
	    log_report_scope(policy, now));
	if (policy->settings.log_keep != 0 &&
	    policy->settings.decisions.p != NULL)
		log_report_add_keep(answer, &policy->settings);
}
