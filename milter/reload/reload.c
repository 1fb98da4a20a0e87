/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/resource.h>

#include "milter/reload/reload.h"
#include "conf/snapshot.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/log/decisionlog.h"
#include "milter/log/log.h"
#include "milter/log/logkeep.h"
#include "milter/reload/activate.h"
#include "milter/reload/diskcheck.h"
#include "milter/reload/keeper.h"
#include "milter/reload/policyread.h"
#include "milter/reload/startup.h"

enum { RELOAD_NICE = 5 };

/* Has the log opened that the policy now in force names. */
static void
reload_reopen_log(void)
{
	struct snapshot *now = snapshot_take();
	const struct settings *settings = &snapshot_policy(now)->settings;

	decisionlog_set_key(settings->log_key);
	decisionlog_reopen(settings->decisions, settings->log_max_size);
	logkeep_set(settings->decisions, settings->log_keep);
	snapshot_drop(&now);
}

/* Reports that nothing was loaded, for the reason in out->e. */
static void
reload_report(const char *path, const struct reload_outcome *out)
{
	log_error("%s was not loaded: %s", path, out->e.text);
	warning_set(WARNING_RELOAD, "%s was not loaded: %s", path,
	    out->e.text);
}

static void
reload_set_errors(struct reload_outcome *out)
{
	size_t errors = problems_errors(out->problems);

	err_set(&out->e, "%zu error%s; the policy read before stays in force",
	    errors, errors == 1 ? "" : "s");
}

static void
reload_set_no_state(const char *path, const struct policy *policy,
    struct reload_outcome *out)
{
	problems_add(out->problems, SEVERITY_ERROR, path, 0, "the state in "
	    "%.*s cannot be read: not loaded, so that no stage and no "
	    "exception is lost", SLICE_ARGS(policy->settings.state));
	err_set(&out->e, "the state of the policy in force cannot be read");
}

/* Puts read in force, unless it is refused. Takes it then. */
static bool
reload_activate(const char *path, struct policy_read *read,
    const struct consent *consents, struct reload_outcome *out)
{
	struct lossguard guard = { .consents = consents };
	enum activation activation = activate_next(read->policy,
	    lossguard_allows, &guard);

	/* Owned by the outcome from now on. */
	out->difference = guard.difference;
	switch (activation) {
	case ACTIVATION_NO_STATE:
		reload_set_no_state(path, read->policy, out);
		return false;
	case ACTIVATION_REFUSED:
		out->e = guard.e;
		return false;
	case ACTIVATION_DONE:
		break;
	}
	return true;
}

struct reload_outcome
reload_run(const char *path, const struct consent *consents)
{
	struct reload_outcome out = { .problems = problems_create() };
	int64_t started = loop_wall_ms();
	struct filetrail trail;
	struct policy_read read;

	/* On Linux this affects the thread alone, for the rest of its short
	 * life: a million rows need much processor time, and mail goes
	 * first. */
	setpriority(PRIO_PROCESS, 0, RELOAD_NICE);
	filetrail_begin(&trail, filesource_disk());
	read = policyread(&trail.source, path, out.problems);
	policyread_log(out.problems);
	if (read.policy == NULL)
		reload_set_errors(&out);
	else
		out.loaded = reload_activate(path, &read, consents, &out);
	diskcheck_set(read.policy, &trail, started);
	filetrail_end(&trail);
	if (!out.loaded) {
		/* A file that loads, but is not in force. */
		if (read.policy != NULL)
			diskcheck_refuse();
		reload_report(path, &out);
		policyread_clear(&read);
		return out;
	}
	warning_clear(WARNING_RELOAD);
	reload_reopen_log();
	startup_is_over();
	keeper_take(read.archive, false, &read.e);
	/* Before it is answered: a start right after that sees it. */
	keeper_write();
	return out;
}

void
reload_outcome_clear(struct reload_outcome *outcome)
{
	problems_destroy(&outcome->problems);
	json_decref(outcome->difference);
	outcome->difference = NULL;
}
