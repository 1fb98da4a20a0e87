/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/reload/change_report.h"
#include "conf/base/amount.h"
#include "milter/log/log.h"
#include "policy/base/text.h"
#include "policy/staging.h"

/* Octets of what was changed, in words. */
enum { WHAT = 300 };

static const char *
report_pause_hops(const struct change *c)
{
	return c->all_hops ? "every hop" : hop_name(c->hop);
}

static const char *
report_outcome(bool made, const struct change_made *out)
{
	if (!made)
		return "refused";
	if (out->already)
		return "already so";
	if (!out->waits)
		return "done";
	return out->acts_until != 0
	    ? "done for a few hours, the rest waits for approval"
	    : "waits for approval";
}

static void
report_add_what(const struct change *c, const char *id, struct text *t)
{
	char partner[80], exception[80], lasts[AMOUNT_TEXT];
	const char *gap = id[0] == '\0' ? "" : " ";

	slice_show(c->partner, partner, sizeof(partner));
	slice_show(c->id, exception, sizeof(exception));
	if (c->kind == CHANGE_STAGE)
		text_add(t, "stage of %s %s to %s%s", partner,
		    hop_name(c->hop), stage_name(c->stage),
		    c->force ? " (forced)" : "");
	else if (c->kind == CHANGE_END_STAGE)
		text_add(t, "end of the stage of %s %s", partner,
		    hop_name(c->hop));
	else if (c->kind == CHANGE_PAUSE)
		text_add(t, "pause%s%s of %s for %s", gap, id,
		    report_pause_hops(c), amount_show_duration(c->lasts,
			lasts));
	else if (c->kind == CHANGE_END_PAUSE)
		text_add(t, "end of pause of %s", report_pause_hops(c));
	else if (c->kind == CHANGE_GRANT)
		text_add(t, "exception%s%s for %s %s, floor %s", gap, id,
		    partner, hop_name(c->hop), level_name(c->floor));
	else if (c->kind == CHANGE_APPROVE)
		text_add(t, "approval of %s", exception);
	else if (c->kind == CHANGE_RENEW && id[0] != '\0' &&
	    !slice_eq(slice_of(id), c->id))
		text_add(t, "renew %s of exception %s", id, exception);
	else
		text_add(t, "%s of exception %s", change_kind_name(c->kind),
		    exception);
}

void
change_report_log(const struct change *c, const struct actor *actor,
    bool made, const struct change_made *out, const struct err *e)
{
	char what[WHAT], reason[200], claimed[80] = "";
	struct text t;

	text_init(&t, what, sizeof(what));
	report_add_what(c, out->id, &t);
	text_end(&t);
	slice_show(actor->reason, reason, sizeof(reason));
	if (actor->claimed_by.p != NULL)
		slice_show(actor->claimed_by, claimed, sizeof(claimed));
	log_notice("%s: %s, by uid %lu%s%s%s, reason %s%s%s", what,
	    report_outcome(made, out), (unsigned long)actor->uid,
	    claimed[0] == '\0' ? "" : " (SUDO_USER ", claimed,
	    claimed[0] == '\0' ? "" : ")", reason, made ? "" : ": ",
	    made ? "" : e->text);
}
