/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>
#include <time.h>

#include "conf/tool/explain_record.h"
#include "conf/base/addresskey.h"
#include "conf/explain/explain_json.h"
#include "conf/explain/explain_print.h"
#include "conf/explain/partner_notice.h"
#include "conf/state/change.h"
#include "conf/state/statetext.h"
#include "conf/tool/explain_cause.h"
#include "conf/tool/search.h"
#include "policy/base/text.h"
#include "policy/evidence/dialect.h"

/* Whether need, of a record under the policy with this digest, is the demand
 * in words. A record cuts a long one. */
static bool
explain_is_need_in(const struct recorded *r, const struct policy *policy,
    const struct demand *demand, const struct shortening *shortening)
{
	static const struct slice cut = SLICE("...");
	char words[1024];
	struct slice need = r->need;

	demand_show_shortened(demand, shortening, words, sizeof(words));
	if (!slice_ends(need, cut) ||
	    !slice_eq(slice_of(policy->digest), r->policy_digest))
		return slice_eq(slice_of(words), need);
	return slice_starts(slice_of(words),
	    slice_head(need, need.n - cut.n));
}

static bool
explain_is_need(const struct recorded *r, const struct policy *policy,
    const struct demand *demand)
{
	static const struct shortening domain = { .form = ADDRESSES_DOMAIN };
	struct shortening hashed;

	if (!r->shortened)
		return explain_is_need_in(r, policy, demand, NULL);
	return explain_is_need_in(r, policy, demand, &domain) ||
	    (addresskey_known(&policy->settings, &hashed) &&
		explain_is_need_in(r, policy, demand, &hashed));
}

/* Sets the rule and demand of d, if today one acts that demands the same as
 * then. */
static void
explain_find_rule(const struct policy *policy, const struct recorded *r,
    struct decision *d)
{
	struct term terms[POLICY_TERMS];
	struct slice known_as;
	const struct rule *rule;
	size_t count;
	struct err e;

	if (r->decision.partner.p == NULL || r->need.p == NULL)
		return;
	rule = change_rule(policy, r->decision.partner, r->decision.hop,
	    &known_as, &e);
	count = rule == NULL ? 0 : policy_terms(policy, rule, terms);
	for (size_t i = 0; i < count && d->rule == NULL; i++)
		if (explain_is_need(r, policy, terms[i].demand)) {
			d->rule = rule;
			d->demand = terms[i].demand;
		}
}

/* The place that "enforcetls.conf:42" names. */
static struct place
explain_place_of(struct slice text, struct arena *a)
{
	size_t at = slice_rfind(text, ':');
	long line = 0;

	if (at == text.n)
		return (struct place){ NULL, 0 };
	slice_int(slice_from(text, at + 1), 0, 1000000000, &line);
	return (struct place){ arena_string(a, slice_head(text, at)),
		(unsigned)line };
}

static const char *
explain_text_or_null(struct arena *a, struct slice text)
{
	char shown[600];

	if (text.p == NULL)
		return NULL;
	slice_show(text, shown, sizeof(shown));
	return arena_string(a, slice_of(shown));
}

static bool
explain_is_same_recipient(const struct recorded *a, const struct recorded *b)
{
	return slice_eq(a->request.ref, b->request.ref);
}

static size_t
explain_count_of_ref(const struct search *s, size_t first)
{
	size_t count = 0;

	assert(first < s->count);
	for (size_t i = first; i < s->count; i++)
		count += explain_is_same_recipient(s->list[i], s->list[first]);
	return count;
}

/* A setting of the MTA that may be the cause, by all records of the log; or
 * NULL, also where the MTA's log tells another one. */
static const char *
explain_hint_of(const struct search *s, const struct recorded *r,
    const struct explained_cause *cause)
{
	const struct dialect *dialect = dialect_of(r->proof.mta);

	if (cause != NULL && cause->doubt == NULL &&
	    cause->cause != TLS_CAUSE_NONE_SHOWN)
		return NULL;
	if (r->decision.finding.reason != REASON_PEER_NOT_VERIFIED ||
	    r->proof.source != SOURCE_MACROS ||
	    dialect->no_certificate_hint == NULL ||
	    r->proof.tls != PROOF_PRESENT || s->tls[r->proof.mta].certificate)
		return NULL;
	return arena_printf(s->arena, "%s: in %lu record%s with TLS, no "
	    "client presented a certificate that %s verified",
	    dialect->no_certificate_hint, s->tls[r->proof.mta].sessions,
	    text_plural((long long)s->tls[r->proof.mta].sessions),
	    dialect->title);
}

static void
explain_describe(const struct policy *policy, const struct search *s,
    size_t first, struct explained *x)
{
	const struct recorded *r = s->list[first];
	struct arena *a = s->arena;
	char *when = arena_alloc(a, STATETEXT_TIME);

	statetext_show_time(r->time, when);
	x->request = &r->request;
	x->mta = dialect_of(r->request.mta)->name;
	x->mode = r->mode;
	x->when = when;
	x->ref = explain_text_or_null(a, r->request.ref);
	x->queue_id = explain_text_or_null(a, r->queue_id);
	x->outcome = outcome_name(r->outcome);
	x->reply = explain_text_or_null(a, r->reply);
	x->judged_under = explain_text_or_null(a, r->policy_digest);
	if (!slice_eq(slice_of(policy->digest), r->policy_digest))
		x->note = "the policy has changed since: the names below are "
		    "looked up in today's policy";
	else if (r->shortened)
		x->note = "the local parts of addresses are not recorded: rows "
		    "of single addresses are not among the names below";
	x->name_count = explanation_names(policy, x->request, a, &x->names);
}

/* Whether d alone would have been answered as the recipient was. */
static bool
explain_caused(const struct decision *d)
{
	return d->planned >= d->applied && d->exception.p == NULL &&
	    d->exempt == EXEMPT_NONE;
}

/* One recipient: its records are those of one reference. */
static void
explain_collect(const struct policy *policy, const struct search *s,
    const struct explain_causes *causes, size_t first, struct explained *x)
{
	size_t count = explain_count_of_ref(s, first);
	struct arena *a = s->arena;

	explain_describe(policy, s, first, x);
	x->ruling.list = arena_array(a, count, sizeof(struct decision));
	x->asked = arena_array(a, count, sizeof(*x->asked));
	x->paused = arena_array(a, count, sizeof(*x->paused));
	x->causes = arena_array(a, count, sizeof(*x->causes));
	x->ruling.listener = s->list[first]->listener;
	x->ruling.applied = ACTION_PASS;
	for (size_t i = first; i < s->count; i++) {
		const struct recorded *r = s->list[i];
		struct decision *d;

		if (!explain_is_same_recipient(r, s->list[first]))
			continue;
		x->asked[x->ruling.count] = explain_text_or_null(a, r->need);
		x->paused[x->ruling.count] = explain_text_or_null(a, r->pause);
		x->causes[x->ruling.count] = explain_cause_of(causes, r);
		d = &x->ruling.list[x->ruling.count++];
		*d = r->decision;
		explain_find_rule(policy, r, d);
		d->place = explain_place_of(r->rule_text, a);
		if (x->hint == NULL)
			x->hint = explain_hint_of(s, r,
			    x->causes[x->ruling.count - 1]);
		/* Every record has the action that one of them caused. */
		if (d->applied > x->ruling.applied ||
		    (x->ruling.strictest != NULL &&
			d->applied == x->ruling.applied &&
			!explain_caused(x->ruling.strictest) &&
			explain_caused(d))) {
			x->ruling.applied = d->applied;
			x->ruling.strictest = d;
		}
	}
	assert(x->ruling.count == count);
	x->enforced = x->ruling;
}

static bool
explain_is_first_of_ref(const struct search *s, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (explain_is_same_recipient(s->list[i], s->list[at]))
			return false;
	return true;
}

static json_t *
explain_all_json(const struct invocation *invocation,
    const struct policy *policy, int64_t now, const struct search *s,
    const struct record_wish *wish)
{
	const struct explain_causes *causes = explain_find_causes(s,
	    wish->mail_log);
	json_t *all = json_array();

	for (size_t i = 0; i < s->count; i++) {
		struct explained x = { .policy = policy, .arena = s->arena,
			.now = now, .for_people = !invocation->json };

		if (!explain_is_first_of_ref(s, i))
			continue;
		explain_collect(policy, s, causes, i, &x);
		json_array_append_new(all, wish->for_partner
		    ? partner_notice_json(&x) : explain_json(&x));
	}
	return all;
}

static void
explain_print_each(json_t *all, FILE *out, command_print_fn *print)
{
	json_t *one;
	size_t i;

	json_array_foreach(all, i, one) {
		if (i > 0)
			fputs("\n\n", out);
		print(one, out);
	}
}

static void
explain_print_all(json_t *all, FILE *out)
{
	explain_print_each(all, out, explain_print);
}

static void
explain_print_notices(json_t *all, FILE *out)
{
	explain_print_each(all, out, partner_notice_print);
}

static bool
explain_any_refused(const struct search *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->list[i]->outcome == OUTCOME_REFUSED ||
		    s->list[i]->decision.applied >= ACTION_DEFER)
			return true;
	return false;
}

/* A partner's postmaster may send the whole reply: it has "(ref REFERENCE)". */
static struct slice
explain_reference_in(const char *text)
{
	const char *at = strstr(text, "ref ");
	struct slice word;

	if (at == NULL)
		return slice_trim(slice_of(text));
	word = slice_of(at + 4);
	return slice_trim(slice_head(word, slice_find(word, ')')));
}

enum exit_status
explain_record(struct invocation *invocation, const struct policy *policy,
    const struct state *state, const struct record_wish *wish,
    struct arena *a)
{
	struct slice wanted = explain_reference_in(wish->reference);
	struct search s;
	struct err e;

	if (wanted.n == 0)
		return command_misused(invocation, "no reference");
	if (search_log(invocation, policy->settings.decisions, wanted, a, &s,
		&e) < 0)
		return command_failed(invocation, &e);
	if (s.truncated)
		fprintf(invocation->err, "enforcetls: note: only the first "
		    "%zu records are shown\n", s.count);
	if (s.count > 0) {
		json_t *all = explain_all_json(invocation, policy,
		    state_now(state, time(NULL)), &s, wish);

		command_answer(invocation, all, JSONTEXT_PAGE,
		    wish->for_partner ? explain_print_notices
				      : explain_print_all);
		return explain_any_refused(&s) ? STATUS_FINDINGS : STATUS_GOOD;
	}
	fprintf(invocation->err, "enforcetls: no recorded decision has the "
	    "reference or queue id %s\n",
	    explain_text_or_null(a, wanted));
	return s.incomplete ? STATUS_FAILED : STATUS_FINDINGS;
}
