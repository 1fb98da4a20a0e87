/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/reload/log_report.h"
#include "conf/state/statetext.h"

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

void
log_report_add(json_t *answer, const struct policy *policy, int64_t now)
{
	if (policy == NULL || (policy->settings.decisions.p == NULL &&
	    !policy->settings.syslog))
		return;
	json_object_set_new(answer, "log_scope",
	    log_report_scope(policy, now));
}
