/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/explain/remedy.h"
#include "policy/explain/remedy_alternative.h"
#include "policy/explain/remedy_fix.h"
#include "policy/explain/remedy_mta.h"
#include "policy/explain/remedy_step.h"
#include "policy/judge/request.h"

/* What an own relay's Received field does not show, that relay can decide
 * itself. */
static void
remedy_add_judged(const struct fix *f, struct remedy *out)
{
	if (f->d->proof->source != SOURCE_RECEIVED ||
	    f->d->hop == HOP_EARLIER ||
	    (!f->hopeless && f->d->finding.verdict == VERDICT_FAIL))
		return;
	remedy_add_step(remedy_new_way(out), &(struct remedy_step){
		.what = REMEDY_JUDGED });
}

static bool
remedy_is_undecided(const struct decision *d)
{
	return d->finding.verdict == VERDICT_UNDECIDED;
}

/* The way of the client, and of the MTA that shows what it does. */
static void
remedy_for_session(struct fix *f, struct remedy *out)
{
	const struct decision *d = f->d;

	f->way = remedy_new_way(out);
	if (d->proof->source == SOURCE_MACROS &&
	    request_listener(f->request, &f->policy->settings) ==
		LISTENER_PROXIED) {
		remedy_add_step(f->way, &(struct remedy_step){
			.what = REMEDY_DIRECT });
		return;
	}
	if (!remedy_fix_sentinels(f))
		return;
	if (d->proof->source == SOURCE_RECEIVED && remedy_is_undecided(d))
		remedy_add_step(f->way, &(struct remedy_step){
			.what = REMEDY_RELAY_FIELD });
	if (d->proof->source == SOURCE_MACROS)
		remedy_fix_mta(f);
	/* What the field will show once it shows anything is not known. */
	if (d->hop == HOP_EARLIER && remedy_is_undecided(d) &&
	    d->proof->source == SOURCE_RECEIVED)
		return;
	remedy_fix_all(f);
	if (f->hopeless || f->way->count == 0)
		out->count--;
}

/* What the peer must show today's rule, for a demand from before that this hop
 * cannot meet at all. */
static void
remedy_for_today(struct fix f, const struct decision *d, enum stage stage,
    struct remedy *out)
{
	struct decision today = *d;

	today.demand = &d->rule->demand;
	f.d = &today;
	f.e = *d->proof;
	f.mta = f.request->mta;
	f.kept = f.hopeless = f.any_mta = false;
	remedy_for_session(&f, out);
	if (out->count > 0)
		remedy_then_stage(d, stage, out);
}

static void
remedy_for_demand(const struct policy *policy, const struct request *request,
    const struct decision *d, struct arena *a, struct remedy *out)
{
	enum stage kept = remedy_kept_stage(policy, d);
	struct fix f = { .policy = policy, .request = request, .d = d,
		.e = *d->proof, .mta = request->mta, .arena = a,
		.had_tls = d->proof->tls == PROOF_PRESENT,
		.kept = kept != STAGE_UNSET };

	remedy_for_session(&f, out);
	if (d->hop != HOP_INBOUND ||
	    macros_has(&request->macros, MACRO_MAIL_ADDR)) {
		if (f.kept)
			remedy_add_stage(d, kept, a, out);
		else
			remedy_add_alternatives(d, a, out);
	}
	if (f.kept && out->count == 0)
		remedy_for_today(f, d, kept, out);
	remedy_add_judged(&f, out);
}

/* Reasons with a remedy of their own, whatever the rule is. */
static const struct {
	enum reason reason;
	enum remedy_what what;
} by_reason[] = {
	{ REASON_DESTINATION_UNKNOWN, REMEDY_RECIPIENT },
	{ REASON_NAME_UNREADABLE, REMEDY_READABLE },
	{ REASON_TLS_REQUIRED_NO, REMEDY_NO_TLS_REQUIRED },
	{ REASON_TOO_MANY_RECIPIENTS, REMEDY_FEWER },
	{ REASON_TOO_MANY_WAITING, REMEDY_FINISH },
	{ REASON_CHANGE_REFUSED, REMEDY_CHANGES },
	{ REASON_FORGED_FIELDS, REMEDY_NO_FIELDS },
	{ REASON_POLICY_UNAVAILABLE, REMEDY_LOAD },
	{ REASON_SHUTTING_DOWN, REMEDY_RUN },
};

static bool
remedy_by_reason(enum reason reason, struct remedy *out)
{
	for (size_t i = 0; i < COUNT_OF(by_reason); i++)
		if (by_reason[i].reason == reason) {
			remedy_add_step(remedy_new_way(out),
			    &(struct remedy_step){
				.what = by_reason[i].what });
			return true;
		}
	return false;
}

/* A decision that no rule or no evidence was used for. */
static void
remedy_without_evidence(const struct decision *d, struct remedy *out)
{
	struct remedy_step step = { .what = REMEDY_NEW_SESSION };

	if (d->finding.reason == REASON_LOGIN_IN_CLEAR)
		step.what = REMEDY_TLS;
	else if (d->finding.reason != REASON_EVIDENCE_MISSING)
		return;
	else if (d->rule == NULL && d->hop == HOP_INBOUND)
		step = (struct remedy_step){ .what = REMEDY_MACRO,
			.macro = MACRO_MAIL_ADDR };
	else if (d->rule == NULL)
		step.what = REMEDY_SHORT_ROUTE;
	remedy_add_step(remedy_new_way(out), &step);
}

void
remedy_find(const struct policy *policy, const struct request *request,
    const struct decision *decision, struct arena *a, struct remedy *out)
{
	const struct decision *d = decision;

	assert(policy != NULL && request != NULL);
	*out = (struct remedy){ .count = 0 };
	if (d->finding.verdict == VERDICT_PASS ||
	    remedy_by_reason(d->finding.reason, out))
		return;
	if (d->finding.reason == REASON_ROUTE_UNCOVERED)
		remedy_for_route(policy, request, d, a, out);
	else if (d->finding.reason == REASON_ROUTE_UNKNOWN)
		remedy_for_unseen_route(request, out);
	else if (d->rule != NULL && d->proof != NULL)
		remedy_for_demand(policy, request, d, a, out);
	else
		remedy_without_evidence(d, out);
}
